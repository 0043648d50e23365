"""``python -m navette`` is the command line."""

from navette.cli.main import run

if __name__ == "__main__":
    run()
