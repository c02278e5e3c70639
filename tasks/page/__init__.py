"""The operations that the page in Stash calls: `mode` in the arguments, one JSON value of a shape in `shapes` back. docs/page.md lists them.

What is on disk is answered without any network. No answer ever holds a secret.
"""
