"""The package, its engine and the build of the book, against their peers."""
