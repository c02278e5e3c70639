"""What builds the package.

Standard library and pip only: it runs with any Python 3.11 or newer, without the project's environment.
"""
