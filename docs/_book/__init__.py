"""The Markdown extensions that turn the chapters into the site, and keep them true."""
