"""journal.rondo and final.rondo: framing and hash chain of coordinator/store/FORMAT.md."""
import hashlib
import struct

import xxhash

import wire


class Damaged(Exception):
    pass


def _xxh3(data):
    return xxhash.xxh3_64_intdigest(data)


def _records(data, magic, previous):
    """Payloads and chain hashes, every check made."""
    if data[:8] != magic:
        raise Damaged("wrong magic")
    at, sequence = 8, 0
    while at < len(data):
        if at + 16 > len(data) or at + 56 + struct.unpack_from("<I", data, at + 8)[0] > len(data):
            raise Damaged(f"record {sequence} at byte {at} goes beyond the end of the file")
        number, length, check = struct.unpack_from("<QII", data, at)
        payload = data[at + 16:at + 16 + length]
        payload_check, chain = struct.unpack_from("<Q32s", data, at + 16 + length)
        previous = hashlib.sha256(previous + payload).digest()
        wrong = [what for what, right in (
            ("sequence", number == sequence), ("header check", check == _xxh3(data[at:at + 12]) & 0xFFFFFFFF),
            ("payload check", payload_check == _xxh3(payload)), ("chain", chain == previous)) if not right]
        if wrong:
            raise Damaged(f"record {sequence} at byte {at}: wrong {', '.join(wrong)}")
        yield payload, chain
        at, sequence = at + 16 + length + 40, sequence + 1


class Trial:
    def __init__(self, proposal):
        self.id, self.architecture, self.parameters = proposal.trial, proposal.architecture, proposal.parameters
        self.results, self.end = [], None


class Journal:
    def __init__(self, path):
        payloads = list(_records(path.read_bytes(), b"RONDOJ1\n", b""))
        self.header = wire.decode(wire.HEADER, payloads[0][0])
        if hashlib.sha256(self.header.experiment).digest() != self.header.identity:
            raise Damaged("the identity is not the experiment's")
        self.experiment = wire.decode(wire.EXPERIMENT, self.header.experiment)
        if self.experiment.search.seed != self.header.master_seed:
            raise Damaged("the master seed is not the experiment's")
        self.trials, self.head, self.count = {}, payloads[-1][1], len(payloads) - 1  # the header is record 0
        for payload, _ in payloads[1:]:
            record = wire.decode(wire.RECORD, payload)
            if record.proposal:
                self.trials[record.proposal.trial] = Trial(record.proposal)
            elif record.report:
                self.trials[record.report.trial].results.append(record.report.result)
            elif record.end:
                self.trials[record.end.trial].end = record.end.end

    def final(self, path):
        """The FinalResult that is chained to this journal."""
        [(payload, _)] = _records(path.read_bytes(), b"RONDOF1\n", self.head)
        final = wire.decode(wire.FINAL, payload)
        if final.journal_records != self.count:
            raise Damaged(f"final.rondo follows {final.journal_records} records, the journal has {self.count}")
        return final
