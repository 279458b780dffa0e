"""What every tab of the page shares on the server."""
