"""The style and the script of the HTML report; both stand in the page itself, allowed by their hashes."""
