"""The words and sentence forms of descriptions, as data: four banks whose sentence forms never meet."""
