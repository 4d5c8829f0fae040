"""Messages of proto/rondo/*.proto that a retrainer reads, and protobuf's wire format."""
import struct

# A schema: number -> (name, type). Types: varint, float, double, text, bytes (kept unread), numbers (packed varints), a schema;
# a list of one of these: repeated.
COLUMN = {1: ("name", "text"), 2: ("type", "varint"), 3: ("encoding", "varint")}
IMAGE = {1: ("height", "varint"), 2: ("width", "varint"), 3: ("channels", "varint")}
DATA = {1: ("path", "text"), 2: ("target", "text"), 3: ("drop", ["text"]), 4: ("task", "varint"),
        5: ("metric", "varint"), 6: ("columns", [COLUMN]), 7: ("numeric_imputation", "varint"),
        8: ("missing_indicator", "varint"), 9: ("one_hot_limit", "varint"), 10: ("image", IMAGE)}
SPLIT = {1: ("rule", "varint"), 2: ("test", "double"), 3: ("validation", "double"), 4: ("column", "text"),
         5: ("folds", "varint")}
ASHA = {1: ("min_epochs", "varint"), 2: ("reduction", "varint")}
HYPERBAND = {1: ("brackets", "varint"), 2: ("reduction", "varint")}
MEDIAN = {1: ("startup_trials", "varint"), 2: ("warmup_epochs", "varint"), 3: ("interval", "varint")}
NSGA2 = {1: ("population", "varint"), 2: ("crossover", "double"), 3: ("mutation", "double")}
SEARCH = {1: ("seed", "varint"), 2: ("sampler", "varint"), 3: ("lanes", "varint"), 4: ("evolution", "bytes"),
          5: ("tick_divisor", "varint"), 6: ("stopper", "varint"), 7: ("asha", ASHA), 8: ("hyperband", HYPERBAND),
          9: ("median", MEDIAN), 10: ("tpe", "bytes"), 11: ("gp", "bytes"), 14: ("nsga2", NSGA2), 15: ("objectives", "bytes"),
          16: ("first", ["text"]), 17: ("warm_start", {3: ("digest", "text")}), 18: ("tick_step", "varint"),
          19: ("tick_weight", "varint")}
TRAINING = {1: ("epochs", "varint"), 2: ("patience", "varint"), 3: ("min_delta", "double"), 4: ("repeats", "varint")}
FINAL_SETTINGS = {1: ("ensemble", "varint"), 2: ("ensemble_rule", "varint"), 3: ("candidates", "varint")}
LIMITS = {1: ("trial_bytes", "varint"), 2: ("parameters", "varint"), 3: ("multiply_adds", "varint")}
EXPERIMENT = {1: ("data", DATA), 2: ("split", SPLIT), 3: ("search", SEARCH), 4: ("space", "bytes"),
              5: ("training", TRAINING), 6: ("limits", LIMITS), 7: ("budget", "bytes"), 8: ("execution", "bytes"),
              9: ("final", FINAL_SETTINGS)}
VERSIONS = {1: ("journal", "varint"), 2: ("numerics", "varint"), 3: ("search", "varint"), 4: ("seed_scheme", "varint")}
HEADER = {1: ("versions", VERSIONS), 2: ("identity", "bytes"), 3: ("dataset_digest", "bytes"),
          4: ("master_seed", "varint"), 5: ("experiment", "bytes")}

BLOCK = {1: ("units", "varint"), 2: ("activation", "varint"), 3: ("batch_norm", "varint"), 4: ("dropout", "float"),
         5: ("layer_norm", "varint")}
CONVOLUTION = {1: ("filters", "varint"), 2: ("kernel", "varint"), 3: ("separable", "varint"),
               4: ("batch_norm", "varint"), 5: ("activation", "varint"), 6: ("pool", "varint"), 7: ("dropout", "float")}
OPTIMIZER = {1: ("kind", "varint"), 2: ("learning_rate", "float"), 3: ("weight_decay", "float"),
             4: ("momentum", "float")}
ARCHITECTURE = {1: ("blocks", [BLOCK]), 2: ("optimizer", OPTIMIZER), 3: ("batch_size", "varint"),
                4: ("initialization", "varint"), 5: ("convolutions", [CONVOLUTION]), 6: ("global_average", "varint")}
RESULT = {1: ("epoch", "varint"), 2: ("train_loss", "double"), 3: ("validation_loss", "double"),
          4: ("score", "double"), 5: ("fingerprint", "bytes")}
TRIAL_END = {1: ("outcome", "varint"), 2: ("epochs", "varint"), 3: ("best_epoch", "varint"),
             4: ("best_score", "double"), 5: ("best_validation_loss", "double"), 6: ("weights_digest", "bytes")}
PROPOSAL = {1: ("lane", "varint"), 2: ("trial", "varint"), 3: ("architecture", ARCHITECTURE),
            4: ("ticks_per_epoch", "varint"), 5: ("parameters", "varint"), 6: ("redraws", "varint"),
            7: ("last_epoch", "varint")}
PROMOTION = {1: ("lane", "varint"), 2: ("trial", "varint"), 3: ("first_epoch", "varint"), 4: ("last_epoch", "varint")}
IDLE = {1: ("lane", "varint"), 2: ("reason", "varint")}
RUNG = {1: ("trial", "varint"), 2: ("epoch", "varint")}
RECORD = {1: ("tick", "varint"), 2: ("proposal", PROPOSAL), 3: ("promotion", PROMOTION), 4: ("idle", IDLE),
          5: ("report", {1: ("trial", "varint"), 2: ("result", RESULT)}), 6: ("rung", RUNG),
          7: ("end", {1: ("trial", "varint"), 2: ("end", TRIAL_END)})}
RETRAINED = {1: ("trial", "varint"), 2: ("epochs", "varint"), 3: ("validation_score", "double"),
             4: ("train_loss", "double"), 5: ("weights_digest", "bytes"), 6: ("weight", "varint")}
SCORES = {3: ("selection_score", "double"), 4: ("held_out_score", "double")}
SELECTION = {1: ("candidates", [SCORES | {1: ("trial", "varint"), 2: ("predictions_digest", "bytes")}]),
             2: ("picks", "numbers"), 3: ("selection_rows", "varint"), 4: ("held_out_rows", "varint"),
             5: ("contenders", [SCORES | {1: ("kind", "varint"), 2: ("networks", "varint")}]), 6: ("shipped", "varint")}
FINAL = {1: ("networks", [RETRAINED]), 2: ("model_digest", "bytes"),
         3: ("test_metrics", [{1: ("name", "text"), 2: ("value", "double")}]), 4: ("journal_records", "varint"),
         5: ("selection", SELECTION)}

ABSENT = {"varint": 0, "float": 0.0, "double": 0.0, "text": "", "bytes": b"", "numbers": ()}


class Message:
    """A message's fields as attributes; `given` names those that were in the bytes."""

    def __init__(self, schema):
        self.given = set()
        for name, kind in schema.values():
            setattr(self, name, [] if isinstance(kind, list) else ABSENT[kind] if isinstance(kind, str) else None)


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _value(kind, raw):
    if kind == "text":
        return raw.decode("utf-8")
    if kind == "numbers":
        numbers, at = [], 0
        while at < len(raw):
            number, at = _varint(raw, at)
            numbers.append(number)
        return numbers
    return raw if kind == "bytes" else decode(kind, raw)


def decode(schema, data):
    message, at = Message(schema), 0
    while at < len(data):
        tag, at = _varint(data, at)
        name, kind = schema[tag >> 3]  # an unknown field is an error
        repeated = isinstance(kind, list)
        kind = kind[0] if repeated else kind
        if tag & 7 == 0:
            value, at = _varint(data, at)
        elif tag & 7 in (1, 5):
            size, form = (8, "<d") if tag & 7 == 1 else (4, "<f")
            value, at = struct.unpack_from(form, data, at)[0], at + size
        elif tag & 7 == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError(f"field {name} goes beyond its message")
            value, at = _value(kind, data[at:at + length]), at + length
        else:
            raise ValueError(f"wire type {tag & 7} in field {name}")
        message.given.add(name)
        if repeated:
            getattr(message, name).append(value)
        else:
            setattr(message, name, value)
    return message
