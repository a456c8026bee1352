"""What our commands do unlike typer's: a usage line as people write it, and what to type instead of what is not there."""

from typing import Any, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup

from stationthis_sdk.cli.exits import Quit

__all__ = ["Command", "Group", "ListCommand"]

_INSTEAD: Final = {
    "stationthis list": "stationthis deployments",
    "stationthis show": "stationthis deployments show NAME",
    "stationthis get": "stationthis runs get ID",
    "stationthis cancel": "stationthis runs cancel ID",
    "stationthis logs": "stationthis runs logs ID",
    "stationthis watch": "stationthis runs watch ID",
    "stationthis resume": "stationthis batches resume NAME",
    "stationthis retry": "stationthis batches retry NAME",
    "stationthis version": "stationthis --version",
    "stationthis help": "stationthis --help",
    "stationthis deployments list": "stationthis deployments",
    "stationthis profiles list": "stationthis profiles",
    "stationthis profiles add": "stationthis login --profile NAME",
    "stationthis sessions list": "stationthis sessions",
}


class Command(TyperCommand):
    """A command whose usage line shows arguments as they are called, without brackets of typer's."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words after the command's name."""
        arguments = [one for one in self.get_params(ctx) if isinstance(one, TyperArgument)]
        return [self.options_metavar or "", *(one.metavar or one.human_readable_name for one in arguments)]


class ListCommand(Command):
    """A command whose --json may name fields, ``--json=id,state``: typer has no options with a value or none."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options; the fields are those of the hidden option --fields."""
        words: list[str] = []
        for place, word in enumerate(args):
            if word == "--":
                words += args[place:]
                break
            named = word.startswith("--json=")
            words += ["--json", f"--fields={word.removeprefix('--json=')}"] if named else [word]
        return super().parse_args(ctx, words)


class Group(TyperGroup):
    """A group that knows what people type for the commands it has not."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the first word; raises Quit with a hint for a word of the table."""
        if instead := _INSTEAD.get(f"{ctx.command_path} {args[0]}"):
            raise Quit(f"No such command {args[0]!r}. Type: {instead}", 2, "UsageError")
        return super().resolve_command(ctx, args)
