#include "tests/unit/coordinator/store/simulated_file_system.h"

#include <cerrno>
#include <utility>

namespace rondo::store {

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedFileSystem& files, std::shared_ptr<SimulatedFileSystem::Node> node, std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)) {}

  std::size_t write_some(std::string_view bytes) override {
    const bool dies = files_.calls_ == files_.crash_at;
    if (dies) node_->bytes.append(bytes.substr(0, bytes.size() / 2));
    files_.disturb("write to", path_);
    const std::uint64_t used = files_.used();
    const std::uint64_t room = files_.capacity > used ? files_.capacity - used : 0;
    std::size_t size = std::min(bytes.size(), files_.largest_write);
    if (room < size) size = static_cast<std::size_t>(room);
    if (size == 0) throw_os_error("write to", path_, ENOSPC);
    node_->bytes.append(bytes.substr(0, size));
    return size;
  }
  void sync() override {
    files_.disturb("flush", path_);
    node_->durable = node_->bytes;
  }
  void truncate(std::uint64_t size) override {
    files_.disturb("cut", path_);
    node_->bytes.resize(static_cast<std::size_t>(size));
  }

 private:
  SimulatedFileSystem& files_;
  std::shared_ptr<SimulatedFileSystem::Node> node_;
  std::string path_;
};

class SimulatedLock final : public Lock {
 public:
  SimulatedLock(SimulatedFileSystem& files, std::string path, std::uint64_t life)
      : files_(files), path_(std::move(path)), life_(life) {}
  SimulatedLock(const SimulatedLock&) = delete;
  SimulatedLock& operator=(const SimulatedLock&) = delete;
  ~SimulatedLock() override {
    if (life_ == files_.lives_) files_.locks_.erase(path_);
  }

 private:
  SimulatedFileSystem& files_;
  std::string path_;
  std::uint64_t life_;
};

void SimulatedFileSystem::reset_disturbances() {
  crash_at = fail_at = capacity = never;
  largest_write = std::numeric_limits<std::size_t>::max();
  read_only = false;
  calls_ = 0;
}

void SimulatedFileSystem::kill() {
  locks_.clear();
  ++lives_;
}

void SimulatedFileSystem::drop_unsynced(Unsynced rule) {
  kill();
  current_ = durable_;
  for (const auto& [path, node] : current_) {
    if (rule == Unsynced::kept) continue;
    const std::size_t size = node->bytes.size();
    node->bytes = node->durable;
    if (rule == Unsynced::zeroed && size > node->bytes.size()) node->bytes.resize(size, '\0');
  }
  // What is left is what the disk holds.
  for (const auto& [path, node] : current_) node->durable = node->bytes;
}

void SimulatedFileSystem::put(const std::string& path, std::string bytes) {
  auto node = std::make_shared<Node>();
  node->bytes = node->durable = std::move(bytes);
  current_[path] = durable_[path] = node;
}

std::string SimulatedFileSystem::get(const std::string& path) const {
  return node("read", path)->bytes;
}

std::map<std::string, std::string> SimulatedFileSystem::snapshot() const {
  std::map<std::string, std::string> all;
  for (const auto& [path, node] : current_) {
    if (!node->folder) all[path] = node->bytes;
  }
  return all;
}

void SimulatedFileSystem::disturb(std::string_view action, const std::string& path) {
  const std::uint64_t call = calls_++;
  if (call == crash_at) throw Crashed{};
  if (read_only) throw_os_error(action, path, EROFS);
  if (call == fail_at) throw_os_error(action, path, error_number);
}

std::uint64_t SimulatedFileSystem::used() const {
  std::uint64_t total = 0;
  for (const auto& [path, node] : current_) total += node->bytes.size();
  return total;
}

std::shared_ptr<SimulatedFileSystem::Node> SimulatedFileSystem::node(std::string_view action,
                                                                     const std::string& path) const {
  const auto found = current_.find(path);
  if (found == current_.end()) throw_os_error(action, path, ENOENT);
  return found->second;
}

void SimulatedFileSystem::require_parent(std::string_view action, const std::string& path) const {
  const std::string parent = parent_path(path);
  if (parent == "." || parent == "/") return;
  if (!node(action, parent)->folder) throw_os_error(action, path, ENOTDIR);
}

PathKind SimulatedFileSystem::kind(const std::string& path) {
  if (path == "." || path == "/") return PathKind::folder;
  const auto found = current_.find(path);
  if (found == current_.end()) return PathKind::missing;
  return found->second->folder ? PathKind::folder : PathKind::file;
}

std::string SimulatedFileSystem::read(const std::string& path) {
  return node("read", path)->bytes;
}

std::vector<std::string> SimulatedFileSystem::list(const std::string& folder) {
  if (!node("list", folder)->folder) throw_os_error("list", folder, ENOTDIR);
  std::vector<std::string> names;
  for (const auto& [path, node] : current_) {
    if (parent_path(path) == folder) names.push_back(path.substr(folder.size() + 1));
  }
  return names;
}

std::unique_ptr<File> SimulatedFileSystem::create(const std::string& path) {
  disturb("create", path);
  require_parent("create", path);
  std::shared_ptr<Node>& entry = current_[path];
  if (entry == nullptr) entry = std::make_shared<Node>();
  entry->bytes.clear();
  return std::make_unique<SimulatedFile>(*this, entry, path);
}

std::unique_ptr<File> SimulatedFileSystem::open_append(const std::string& path) {
  disturb("open for writing", path);
  return std::make_unique<SimulatedFile>(*this, node("open for writing", path), path);
}

void SimulatedFileSystem::make_folder(const std::string& path) {
  disturb("make the folder", path);
  require_parent("make the folder", path);
  std::shared_ptr<Node>& entry = current_[path];
  if (entry != nullptr && !entry->folder) throw_os_error("make the folder", path, EEXIST);
  if (entry != nullptr) return;
  entry = std::make_shared<Node>();
  entry->folder = true;
}

void SimulatedFileSystem::rename(const std::string& from, const std::string& to) {
  disturb("rename to", to);
  current_[to] = node("rename to", from);
  current_.erase(from);
}

void SimulatedFileSystem::remove(const std::string& path) {
  disturb("remove", path);
  if (kind(path) == PathKind::folder && !list(path).empty()) throw_os_error("remove", path, ENOTEMPTY);
  current_.erase(path);
}

void SimulatedFileSystem::sync_folder(const std::string& folder) {
  disturb("flush the folder", folder);
  std::erase_if(durable_, [&](const auto& entry) { return parent_path(entry.first) == folder; });
  for (const auto& [path, node] : current_) {
    if (parent_path(path) == folder) durable_[path] = node;
  }
}

std::unique_ptr<Lock> SimulatedFileSystem::try_lock(const std::string& path) {
  disturb("open the lock", path);
  require_parent("open the lock", path);
  if (!current_.contains(path)) current_[path] = std::make_shared<Node>();
  if (!locks_.insert(path).second) return nullptr;
  return std::make_unique<SimulatedLock>(*this, path, lives_);
}

}  // namespace rondo::store
