"""The words and sentence forms of descriptions, as data: four banks of distinct forms."""
