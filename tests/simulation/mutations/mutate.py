#!/usr/bin/python3
"""Writes the mutated copy of one source of coordinator/schedule.

  mutate.py MUTATION FOLDER OUT   MUTATION: a text file beside this script; FOLDER: of the sources; OUT: the copy

A mutation is lines of comment (#), 'file NAME', 'expect VERDICT…', and one or more blocks

  --- original
  text that stands exactly once in the file
  --- replacement
  text to stand in its place
  --- end

Exit 1 when an original is not found exactly once: the source changed, and the mutation has to follow.
"""
import pathlib
import sys


def blocks(text):
    for block in text.split("--- original\n")[1:]:
        original, rest = block.split("--- replacement\n", 1)
        yield original, rest.split("--- end\n", 1)[0]


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    mutation, folder, out = (pathlib.Path(argument) for argument in arguments)
    text = mutation.read_text(encoding="utf-8")
    name = next(line.split()[1] for line in text.splitlines() if line.startswith("file "))
    source = (folder / name).read_text(encoding="utf-8")
    changes = list(blocks(text))
    if not changes:
        print(f"{mutation}: no '--- original' in it", file=sys.stderr)
        return 1
    for original, replacement in changes:
        if source.count(original) != 1:
            print(f"{mutation}: this stands {source.count(original)} times in {name}, not once:\n{original}",
                  file=sys.stderr)
            return 1
        source = source.replace(original, replacement)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(source, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
