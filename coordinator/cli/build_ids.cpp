#include "coordinator/cli/build_ids.h"

#include <elf.h>
#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "common/base/digest.h"

namespace rondo::cli {

namespace {

// A note is a header, its owner's name and its content, the last two padded (elf(5)).
constexpr std::size_t note_padding = 4;

std::size_t padded(std::size_t size) {
  return (size + note_padding - 1) / note_padding * note_padding;
}

// The content of the note of GNU's that holds the build id; nothing when these notes have none.
std::span<const std::uint8_t> find_build_id(std::span<const std::uint8_t> notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header{};
    std::memcpy(&header, notes.data(), sizeof header);
    notes = notes.subspan(sizeof header);
    const std::size_t name_size = padded(header.n_namesz);
    const std::size_t size = padded(header.n_descsz);
    if (notes.size() < name_size || notes.size() - name_size < size) break;
    const bool of_gnu =
        header.n_namesz == sizeof "GNU" && std::memcmp(notes.data(), "GNU", sizeof "GNU") == 0;
    if (of_gnu && header.n_type == NT_GNU_BUILD_ID) return notes.subspan(name_size, header.n_descsz);
    notes = notes.subspan(name_size + size);
  }
  return {};
}

int add_object(dl_phdr_info* object, std::size_t /*size*/, void* ids) {
  const std::string_view path = object->dlpi_name;
  const std::string_view file = path.substr(path.find_last_of('/') + 1);
  if (!file.empty() && !file.starts_with("lib")) return 0;
  for (const ElfW(Phdr) & part : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    if (part.p_type != PT_NOTE) continue;
    // The loader has mapped the notes where the header says, moved by the object's base.
    const auto* const start = reinterpret_cast<const std::uint8_t*>(
        object->dlpi_addr + part.p_vaddr);  // NOLINT(performance-no-int-to-ptr)
    const std::span<const std::uint8_t> id = find_build_id({start, part.p_memsz});
    if (id.empty()) continue;
    static_cast<std::map<std::string, std::string>*>(ids)->emplace(file.empty() ? "program" : file,
                                                                   to_hex(id));
  }
  return 0;
}

}  // namespace

std::map<std::string, std::string> build_ids() {
  std::map<std::string, std::string> ids;
  dl_iterate_phdr(add_object, &ids);
  return ids;
}

}  // namespace rondo::cli
