"""`python -m ontakt.cli`: the command line, under the interpreter that was asked for."""

from ontakt.cli.main import main

main()
