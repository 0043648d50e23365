"""Automated exports.

``plan`` says when a task is due, what it asks for then and what its files are called; ``due`` are the slots of tasks
that are due, which ``scheduler`` makes and follows to their end; ``deliver`` sends a slot's files; ``places`` are the
kinds of destinations; ``outcome`` tells the owner; ``editing`` is what people do with tasks, ``asking`` what they ask
of them apart from their schedule; ``rights`` says who may still have what.
"""
