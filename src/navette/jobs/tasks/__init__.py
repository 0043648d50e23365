"""Automated exports.

``plan`` says when a task is due, what it asks for then and what its files are called; ``scheduler`` makes the runs of
slots that are due and follows them to their end; ``deliver`` sends a slot's files; ``places`` are the kinds of
destinations; ``outcome`` tells the owner; ``editing`` is what people do with tasks.
"""
