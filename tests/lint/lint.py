#!/usr/bin/python3
"""Reads the repository and reports what may not be in it.

  lint.py ROOT RULE     one of: arrows, determinism, tidy, format; exit 1 with one line a finding
  lint.py --self-test   every rule must find what is wrong in a small tree made for it
"""
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = {".h", ".cpp"}

# Folder: the folders whose headers it may include, besides its own. The longest prefix counts.
ARROWS = {
    "common/base": [],
    "common/numerics": ["common/base"],
    "common/random": ["common/base", "common/numerics"],
    "common/experiment": ["common/base", "rondo"],
    "common/architecture": ["common/base", "common/experiment", "rondo"],
    "common/metrics": ["common/base", "common/numerics", "rondo"],
    "common/data": ["common/base", "common/numerics", "common/random", "common/metrics", "common/architecture",
                    "common/experiment", "rondo"],
    "common/transport": ["common/base"],
    "worker/kernels": ["common/base", "common/numerics", "common/random"],
    "worker/nn": ["common", "worker/kernels", "rondo"],
    "worker/train": ["common", "worker/kernels", "worker/nn", "rondo"],
    "worker/runtime": ["common", "worker/kernels", "worker/nn", "worker/train", "rondo"],
    "coordinator/search": ["common/base", "common/numerics", "common/random", "common/architecture",
                           "common/experiment", "common/metrics", "rondo"],
    "coordinator/schedule": ["common/base", "coordinator/search"],
    "coordinator/store": ["common/base", "common/experiment", "common/architecture", "coordinator/search",
                          "coordinator/schedule", "rondo"],
    "coordinator/runtime": ["common", "coordinator/search", "coordinator/schedule", "coordinator/store", "rondo"],
    "coordinator/plan": ["common/base", "common/random", "common/architecture", "coordinator/search",
                         "coordinator/schedule", "coordinator/store", "rondo"],
    # The composition root: the one place that knows both sides.
    "coordinator/cli": ["common", "coordinator", "worker", "rondo"],
}

# System headers that only some folders may include: (pattern, folders that may, why).
GUARDED_HEADERS = [
    (r"mpi\.h", ["common/transport"], "MPI stays behind common/transport"),
    (r"boost/.*", ["worker/train"], "Boost.Serialization is for checkpoints only"),
    (r"yaml-cpp/.*", ["coordinator/cli"], "YAML is read at the composition root"),
    (r"CLI/.*", ["coordinator/cli"], "flags are read at the composition root"),
    (r"Eigen/.*", [], "Eigen's products and reductions depend on the CPU"),
    (r"random", [], "std:: engines and distributions differ between libraries"),
    (r"(thread|mutex|condition_variable|atomic|chrono|fstream|filesystem|iostream|cstdio|ctime)",
     ["common/base", "common/data", "common/transport", "coordinator/store", "coordinator/runtime", "coordinator/cli",
      "worker/runtime"],
     "no clock, thread or file in what decides and computes"),
]

# Folders whose code reaches the journal.
CANONICAL = ["common/random", "common/numerics", "common/data", "common/metrics", "common/architecture",
             "common/experiment", "coordinator/search", "coordinator/schedule", "coordinator/store", "worker/kernels",
             "worker/nn", "worker/train"]
LIBM = ("exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|"
        "erf|erfc|tgamma|lgamma|cbrt|hypot")
BANNED = [
    (rf"(?<![\w.>])(std::|::)({LIBM})[fl]?\s*\(", "libm differs between machines: use worker/kernels or common/numerics"),
    (rf"__builtin_({LIBM})[fl]?\s*\(", "libm differs between machines: use worker/kernels or common/numerics"),
    (r"std::(mt19937|minstd|ranlux|random_device|\w+_distribution|shuffle|sample)\b", "use common/random"),
    (r"(?<![\w:])s?rand(om)?\s*\(", "use common/random"),
    (r"std::hash\b", "its values are the library's own"),
    (r"std::unordered_(map|set|multimap|multiset)\b", "its order of iteration is the library's own: use std::map or a vector"),
    (r"std::(reduce|transform_reduce|inner_product|accumulate)\b", "write the order of a sum, or use the 16-lane reduction"),
    (r"std::(stod|stof|stold|stoi|stol|stoul|stoull|strtod|atof|to_string)\b|(?<!\w)(strtod|strtof|atof|sprintf|snprintf)\s*\(",
     "text and numbers only through common/base/text.h"),
    (r"std::(locale|setlocale|stringstream|ostringstream|istringstream)\b", "streams depend on the locale"),
    (r"std::chrono|(?<!\w)(time|clock|gettimeofday|clock_gettime)\s*\(", "no clock reaches a result"),
    (r"\b(getenv|gethostname|getpid)\s*\(", "no environment reaches a result"),
    (r"std::execution\b|#\s*pragma\s+omp", "no thread count reaches a result"),
]
# What an exception must say, on the same line: `lint: allow(<reason>)`.
ALLOW = re.compile(r"lint: allow\(([^)]{8,})\)")

MOST_LINES, MOST_FUNCTION_LINES, MOST_COLUMNS = 500, 70, 120


def sources(root, folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCE and path.is_file():
                yield path


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def code_of(line):
    """The line without its comment and without what stands in quotes."""
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return line.split("//")[0]


def folder_of(root, path, table):
    relative = path.relative_to(root).as_posix()
    matches = [folder for folder in table if relative.startswith(folder + "/")]
    return max(matches, key=len) if matches else None


def within(name, folders):
    return any(name == folder or name.startswith(folder + "/") for folder in folders)


def arrows(root):
    for path in sources(root, ["common", "worker", "coordinator"]):
        folder = folder_of(root, path, ARROWS)
        if folder is None:
            yield path, 0, "this folder has no row in ARROWS of tests/lint/lint.py"
            continue
        for number, line in enumerate(lines_of(path), 1):
            own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if own:
                target = own.group(1).rsplit("/", 1)[0]
                if not within(target, ARROWS[folder] + [folder]):
                    yield path, number, f"{folder} may not include {own.group(1)}"
            system = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            if system and not ALLOW.search(line):
                for pattern, allowed, why in GUARDED_HEADERS:
                    if re.fullmatch(pattern, system.group(1)) and not within(folder, allowed):
                        yield path, number, f"{folder} may not include <{system.group(1)}>: {why}"


def determinism(root):
    for path in sources(root, CANONICAL):
        for number, line in enumerate(lines_of(path), 1):
            if ALLOW.search(line):
                continue
            code = code_of(line)
            for pattern, why in BANNED:
                found = re.search(pattern, code)
                if found:
                    yield path, number, f"{found.group(0).strip()}: {why}"


def functions(lines):
    """(first line, length) of every definition that starts in column 0 and ends with a brace there."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None:
            starts = line and line[0] not in " \t}#/" and line.rstrip().endswith("{")
            if starts and not re.match(r"(namespace|class|struct|enum|union|extern|constexpr .*=|const .*=|inline constexpr)", line):
                start = number
        elif line.startswith("}"):
            yield start, number - start + 1
            start = None


def tidy(root):
    folders = ["common", "worker", "coordinator", "tests"]
    for path in sources(root, folders):
        lines = lines_of(path)
        if len(lines) > MOST_LINES:
            yield path, len(lines), f"{len(lines)} lines, more than {MOST_LINES}: give each subject a file"
        for number, line in enumerate(lines, 1):
            if len(line) > MOST_COLUMNS:
                yield path, number, f"{len(line)} columns, more than {MOST_COLUMNS}"
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                yield path, number, "unfinished work belongs into an issue"
        for number, length in functions(lines):
            if length > MOST_FUNCTION_LINES:
                yield path, number, f"a function of {length} lines, more than {MOST_FUNCTION_LINES}"
    for folder in folders:
        for directory in sorted({path.parent for path in sources(root, [folder])}):
            mirrored = directory.relative_to(root).as_posix().startswith("tests/unit/")
            if not mirrored and not (directory / "README.md").is_file():
                yield directory, 0, "a folder with sources and no README.md"


def layout(root):
    """Whether clang-format would change a file."""
    files = [str(path) for path in sources(root, ["common", "worker", "coordinator", "tests"])]
    result = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files], capture_output=True, text=True)
    for line in result.stderr.splitlines():
        found = re.match(r"(.+?):(\d+):\d+: error", line)
        if found:
            yield pathlib.Path(found.group(1)), int(found.group(2)), "not laid out by clang-format-14"
    if result.returncode != 0 and "error" not in result.stderr:
        yield root, 0, f"clang-format-14 failed: {result.stderr.strip()}"


RULES = {"arrows": arrows, "determinism": determinism, "tidy": tidy, "format": layout}

# Rule, file, text, and a part of the finding that the text must give (None: it must pass).
CASES = [
    ("arrows", "worker/nn/a.cpp", '#include "coordinator/search/history.h"\n', "may not include"),
    ("arrows", "coordinator/schedule/a.cpp", "#include <mpi.h>\n", "may not include"),
    ("arrows", "coordinator/schedule/b.cpp", "#include <chrono>\n", "may not include"),
    ("arrows", "common/base/a.h", '#include "common/random/draws.h"\n', "may not include"),
    ("arrows", "elsewhere/../common/new/a.h", "\n", "no row"),
    ("arrows", "coordinator/schedule/c.cpp", '#include "coordinator/search/history.h"\n', None),
    ("determinism", "worker/kernels/a.cpp", "float y = std::exp(x);\n", "libm"),
    ("determinism", "worker/kernels/b.cpp", "// std::exp(x) is not canonical\n", None),
    ("determinism", "coordinator/search/a.cpp", "std::mt19937 engine;\n", "common/random"),
    ("determinism", "coordinator/search/b.cpp", "std::unordered_map<int, int> m;\n", "order of iteration"),
    ("determinism", "coordinator/search/c.cpp", "std::unordered_map<int, int> m;  // lint: allow(looked up, never iterated)\n", None),
    ("determinism", "common/data/a.cpp", "double v = std::stod(text);\n", "text.h"),
    ("determinism", "worker/train/a.cpp", "auto now = std::chrono::steady_clock::now();\n", "clock"),
    ("determinism", "worker/nn/a.cpp", "float s = std::accumulate(a, b, 0.0F);\n", "order of a sum"),
    ("tidy", "common/base/a.cpp", "int x;\n" * 501, "501 lines"),
    ("tidy", "common/base/b.cpp", "void f() {\n" + "  g();\n" * 70 + "}\n", "function of 72"),
    ("tidy", "common/base/c.cpp", "// " + "x" * 120 + "\n", "columns"),
    ("tidy", "common/base/d.cpp", "// TODO: later\n", "unfinished"),
    ("tidy", "common/base/e.cpp", "int x;\n", "no README.md"),
    ("format", "common/base/a.cpp", "int   x ;\n", "clang-format"),
]


def self_test():
    failures = 0
    for rule, name, text, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            path = pathlib.Path(root / name.replace("elsewhere/../", ""))
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            findings = [message for _, _, message in RULES[rule](root)]
            good = not findings if expected is None else any(expected in message for message in findings)
            if not good:
                failures += 1
                print(f"{rule} on {name}: expected {expected!r}, found {findings}")
    print(f"{len(CASES) - failures} passed, {failures} failed")
    return 1 if failures else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2 or arguments[1] not in RULES:
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0]).resolve()
    count = 0
    for path, line, message in RULES[arguments[1]](root):
        shown = path.relative_to(root) if path.is_absolute() and path.is_relative_to(root) else path
        print(f"{shown}:{line}: {message}")
        count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
