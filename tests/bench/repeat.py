#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""repeat.py: make the recording of a larger machine from that of a small one.

The memory is there K times, one copy above the other. Each copy has its page
flags, its struct pages, whose pointers to each other are moved along, and its
memory sections, so savecore and makedumpfile find the same in each. Of the
memory itself only the page frames are there that DUMP has, a kdump-compressed
file of the small recording: nothing else is read for it. All else is a hole.

usage: repeat.py IMAGE DUMP K OUT
"""

import array
import mmap
import os
import shutil
import struct
import sys
from pathlib import Path

PAGE = 4096
EHDR, PHDR = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ")
PT_LOAD, PT_NOTE = 1, 4
NO_PADDR = (1 << 64) - 1
POINTER = 8


class Segment:
    def __init__(self, fields):
        self.flags, self.off, self.vaddr, self.paddr, self.size = fields
        self.pages = (self.size + PAGE - 1) // PAGE


def read_kcore(kcore):
    head = EHDR.unpack_from(kcore, 0)
    segments, note = [], None
    for i in range(head[10]):
        kind, flags, off, vaddr, paddr, size, _, _ = PHDR.unpack_from(kcore, head[5] + i * PHDR.size)
        if kind == PT_NOTE:
            note = bytes(kcore[off:off + size])
        elif kind == PT_LOAD:
            segments.append(Segment((flags, off, vaddr, paddr, size)))
    return head, note, segments


def vmcoreinfo(note):
    values = {}
    for line in note.decode(errors="replace").split("\n"):
        key, _, value = line.partition("=")
        values[key] = value
    return values


def kept_frames(dump):
    """The runs of page frames of bitmap 2."""
    with open(dump, "rb") as f:
        head = f.read(464)
        sub_blocks, bitmap_blocks = struct.unpack_from("<iI", head, 432)
        half = bitmap_blocks // 2 * PAGE
        f.seek((1 + sub_blocks) * PAGE + half)
        bitmap = f.read(half)
    runs, start = [], None
    for at, byte in enumerate(bitmap):
        if byte == 0xff and start is not None or not byte and start is None:
            continue
        for bit in range(8):
            if byte >> bit & 1 and start is None:
                start = at * 8 + bit
            elif not byte >> bit & 1 and start is not None:
                runs.append((start, at * 8 + bit))
                start = None
    return runs + ([(start, len(bitmap) * 8)] if start is not None else [])


class Repeated:
    """The new kcore: the segments of each copy, and where they are in the file."""

    def __init__(self, kcore, copies, frames):
        self.kcore, self.copies, self.frames = kcore, copies, frames
        self.head, self.note, self.segments = read_kcore(kcore)
        info = vmcoreinfo(self.note)
        self.struct_page = int(info["SIZE(page)"])
        self.ram = [s for s in self.segments if s.paddr != NO_PADDR]
        # The kernel image is in the direct map, too, where it is repeated.
        text = int(info["SYMBOL(_stext)"], 16)
        self.image = [s for s in self.ram if s.vaddr <= text < s.vaddr + s.size]
        self.direct = [s for s in self.ram if s not in self.image]
        self.memmap = [s for s in self.segments if s.paddr == NO_PADDR]
        self.offset = self.direct[0].vaddr - self.direct[0].paddr
        self.image_shift = self.image[0].vaddr - self.image[0].paddr
        self.sections = Sections(self, info)
        self.tables = Tables(self, info)
        self.table = [(s, j, self.moved(s, j)) for j in range(copies)
                      for s in self.segments if not j or s not in self.image]
        at = EHDR.size + (1 + len(self.table)) * PHDR.size + len(self.note)
        self.places = {}
        for s, j, _ in self.table:
            at = (at + PAGE - 1) // PAGE * PAGE
            self.places[s, j] = at
            at += s.size
        self.size = (at + PAGE - 1) // PAGE * PAGE

    def moved(self, s, j):
        """Virtual and physical address of segment @s in copy @j."""
        if s in self.memmap:
            return s.vaddr + j * self.frames * self.struct_page, NO_PADDR
        return s.vaddr + j * self.frames * PAGE, s.paddr + j * self.frames * PAGE

    def find(self, vaddr):
        """Where the byte at @vaddr of the small machine is in its file."""
        for s in self.segments:
            if s.vaddr <= vaddr < s.vaddr + s.size:
                return s, vaddr - s.vaddr
        sys.exit(f"nothing at {vaddr:#x}")

    def u64(self, vaddr):
        s, at = self.find(vaddr)
        return struct.unpack_from("<Q", self.kcore, s.off + at)[0]

    def at_paddr(self, paddr, copy=0):
        """Where in the new file the byte at @paddr of the small machine is in @copy of it."""
        for s in self.direct:
            if s.paddr <= paddr < s.paddr + s.size:
                return self.places[s, copy] + paddr - s.paddr
        sys.exit(f"no memory at {paddr:#x}")

    def u64_at(self, paddr):
        return self.u64(self.offset + paddr)

    def write_header(self, out):
        fields = list(self.head)
        fields[5], fields[10] = EHDR.size, 1 + len(self.table)
        head = EHDR.pack(*fields)
        at = EHDR.size + (1 + len(self.table)) * PHDR.size
        head += PHDR.pack(PT_NOTE, 0, at, 0, 0, len(self.note), 0, 4)
        for s, j, (vaddr, paddr) in self.table:
            head += PHDR.pack(PT_LOAD, s.flags, self.places[s, j], vaddr, paddr, s.size, s.size,
                              PAGE)
        out.seek(0)
        out.write(head + self.note)

    def write_ram(self, out, runs):
        for s in self.ram:
            first = s.paddr // PAGE
            for start, end in runs:
                lo, hi = max(start, first) - first, min(end, first + s.pages) - first
                if lo >= hi:
                    continue
                data = self.kcore[s.off + lo * PAGE:s.off + hi * PAGE]
                for j in range(self.copies if s in self.direct else 1):
                    out.seek(self.places[s, j] + lo * PAGE)
                    out.write(data)

    def write_memmap(self, out):
        low = min(s.vaddr for s in self.memmap)
        high = max(s.vaddr + s.size for s in self.memmap)
        for s in self.memmap:
            words = array.array("Q", self.kcore[s.off:s.off + s.size])
            places = [i for i, word in enumerate(words) if low <= word < high]
            for j in range(self.copies):
                moved = array.array("Q", words)
                for i in places:
                    moved[i] += j * self.frames * self.struct_page
                data = moved.tobytes()
                out.seek(self.places[s, j])
                out.write(data)
                # The same bytes are in the page frames that are mapped there.
                for vaddr, paddr, size in self.tables.pieces(s) if j else ():
                    out.seek(self.at_paddr(paddr, j))
                    out.write(data[vaddr - s.vaddr:][:size])


class Sections:
    """mem_section: a table of pages of entries, of which each has the address of all struct
    pages, so an entry of one copy fits all. Pages that are needed beside the first are where
    the small machine has page frames that its dump left out."""

    def __init__(self, to, info):
        self.to = to
        self.roots = int(info["SYMBOL(mem_section)"], 16)
        self.size = int(info["SIZE(mem_section)"])
        self.nr_roots = int(info["LENGTH(mem_section)"])
        self.frames = 1 << int(info["NUMBER(SECTION_SIZE_BITS)"]) - PAGE.bit_length() + 1
        self.per_root = PAGE // self.size

    def write(self, out, runs):
        to, per_copy = self.to, self.to.frames // self.frames
        total = per_copy * to.copies
        spare = [end for s in to.direct for _, end in runs
                 if s.paddr < end * PAGE < s.paddr + s.size]
        entries = b""
        for section in range(per_copy):
            s, at = to.find(to.u64(self.roots + section // self.per_root * POINTER) +
                            section % self.per_root * self.size)
            entries += to.kcore[s.off + at:s.off + at + self.size]
        entries *= to.copies
        for root in range((total + self.per_root - 1) // self.per_root):
            if root >= self.nr_roots:
                sys.exit("so much memory has no place among its sections")
            page = to.offset + spare[root] * PAGE if root else to.u64(self.roots)
            s, at = to.find(page)
            out.seek(to.places[s, 0] + at)
            out.write(entries[root * self.per_root * self.size:][:PAGE])
            s, at = to.find(self.roots + root * POINTER)
            out.seek(to.places[s, 0] + at)
            out.write(struct.pack("<Q", page))


class Tables:
    """The kernel's page tables, as far as they map struct pages, by pages of 2 MiB: whoever
    does not know kcore's segments finds the struct pages by them. A table more takes the
    place of the one that it is like in a copy."""

    LARGE, PRESENT, HUGE = 1 << 21, 1, 1 << 7
    ADDRESS = (1 << 52) - PAGE

    def __init__(self, to, info):
        self.to = to
        self.root = int(info["SYMBOL(swapper_pg_dir)"], 16) - to.image_shift
        self.levels = 5 if info.get("NUMBER(pgtable_l5_enabled)", "0") != "0" else 4
        self.mask = self.ADDRESS & ~int(info.get("NUMBER(sme_mask)", "0"))

    def entry(self, vaddr, level):
        """Where the entry of @level for @vaddr is, and what it is."""
        table = self.root
        for at in range(self.levels, level - 1, -1):
            place = table + (vaddr >> 12 + 9 * (at - 1) & 511) * POINTER
            value = self.to.u64_at(place)
            if not value & self.PRESENT:
                return place, 0
            table = value & self.mask
        return place, value

    def pieces(self, s):
        """Virtual and physical address and size of what each large page has of @s."""
        vaddr = s.vaddr
        while vaddr < s.vaddr + s.size:
            end = min((vaddr // self.LARGE + 1) * self.LARGE, s.vaddr + s.size)
            _, value = self.entry(vaddr, 2)
            if not value & self.HUGE:
                sys.exit("struct pages are not mapped by pages of 2 MiB")
            yield vaddr, (value & self.mask & -self.LARGE) + vaddr % self.LARGE, end - vaddr
            vaddr = end

    def write(self, out):
        to, per_copy = self.to, self.to.frames * self.to.struct_page
        more = {}
        for j in range(1, to.copies):
            for s in to.memmap:
                for vaddr, _, _ in self.pieces(s):
                    self.map(out, vaddr, j, per_copy, more)

    def map(self, out, vaddr, j, per_copy, more):
        to, new = self.to, vaddr + j * per_copy
        upper, table = self.entry(new, 3)
        copy = 0
        if not table:
            # The entry of the first struct pages, from which all have their flags.
            _, like = self.entry(to.memmap[0].vaddr, 3)
            if upper not in more:
                more[upper] = j
                out.seek(to.at_paddr(like & self.mask, j))
                out.write(bytes(PAGE))
                out.seek(to.at_paddr(upper))
                out.write(struct.pack("<Q", like + j * to.frames * PAGE))
            table, copy = like, more[upper]
        _, value = self.entry(vaddr, 2)
        out.seek(to.at_paddr(table & self.mask, copy) + (new >> 21 & 511) * POINTER)
        out.write(struct.pack("<Q", value + j * to.frames * PAGE))


def write_iomem(image, out, to):
    text = (image / "iomem").read_text()
    for j in range(1, to.copies):
        for s in to.direct:
            paddr = to.moved(s, j)[1]
            text += f"{paddr:x}-{paddr + s.size - 1:x} : System RAM\n"
    (out / "iomem").write_text(text)


def main():
    image, dump, copies, out = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    out.mkdir(mode=0o700)
    flags = (image / "kpageflags").read_bytes()
    with open(image / "kcore", "rb") as f, open(out / "kcore", "wb") as kcore:
        small = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
        to = Repeated(small, copies, len(flags) // POINTER)
        os.truncate(out / "kcore", to.size)
        to.write_header(kcore)
        runs = kept_frames(dump)
        to.write_ram(kcore, runs)
        to.write_memmap(kcore)
        to.tables.write(kcore)
        to.sections.write(kcore, runs)
    (out / "kpageflags").write_bytes(flags * copies)
    write_iomem(image, out, to)
    shutil.copy(image / "system", out / "system")


main()
