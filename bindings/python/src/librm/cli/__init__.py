"""The command line: `librm data | train | rivals | relax | search | evaluate | verify | info`.

Exit codes: 0 all went well; 1 something could not be done, as the message on standard error says; 2 the command was
not understood; 130 interrupted.
"""

from __future__ import annotations

import sys

import click

import librm

from . import data, evaluate, info, relax, rivals, search, train, verify
from .common import Failure, complain


class Commands(click.Group):
    """Turns what librm and the operating system complain about into messages, and Ctrl-C into exit code 130."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (librm.Error, OSError) as problem:
            raise Failure(str(problem)) from problem
        except KeyboardInterrupt:
            complain("interrupted")
            sys.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(librm.__version__, prog_name="librm")
def main() -> None:
    """Response Matching: potentials that are learnt from relaxed structures alone.

    \b
    A model's pseudo-energy E ranks structures, and its minima are structures. It is in A^2: it is not an energy in eV.
    Structures are read and written in every format that ASE knows (extxyz, cif, POSCAR, ...).

    \b
    Train on one diamond, then search for carbon crystals of eight atoms and relax a structure of your own:
      librm train diamond.extxyz --preset diamond -o carbon.safetensors
      librm search carbon.safetensors C8 --preset diamond --count 100 -o found.extxyz
      librm relax carbon.safetensors mine.cif --cell-mode free -o relaxed.cif

    `librm COMMAND --help` has more examples.
    """


for command in (
    data.command, train.command, rivals.command, relax.command, search.command, evaluate.command, verify.command,
    info.command,
):
    main.add_command(command)
