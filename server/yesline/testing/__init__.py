"""What tests of your own pages need: a live sandbox server, the texts of made-up phones, and the form as a page object.

pytest finds the fixtures by itself, see ``docs/how-to/test-in-ci.md``. Nothing here imports the server or a browser.
"""
