"""The operations that the page in Stash calls, each by its `mode`, and the shapes of their answers (docs/page.md).

What is on disk is answered without any network. No answer ever holds a secret.
"""
