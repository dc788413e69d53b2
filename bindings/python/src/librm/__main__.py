"""python -m librm"""

from .cli import main

main(prog_name="librm")
