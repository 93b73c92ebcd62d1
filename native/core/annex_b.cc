#include "core/annex_b.h"

namespace teecam {

namespace {

constexpr std::size_t kStartCode = 3;

/// Where the next 00 00 01 begins; the size when there is none.
std::size_t nextStartCode(std::span<const std::byte> bytes, std::size_t from) {
  for (std::size_t i = from + 2; i < bytes.size();) {
    if (bytes[i] > std::byte{1})
      i += 3;
    else if (bytes[i] == std::byte{1} && bytes[i - 1] == std::byte{0} && bytes[i - 2] == std::byte{0})
      return i - 2;
    else
      i++;
  }
  return bytes.size();
}

/// A start code may have a zero in front, and a unit may have zeros behind; none of them belong to it.
Nal withoutZerosBehind(Nal nal) {
  while (!nal.empty() && nal.back() == std::byte{0}) nal = nal.first(nal.size() - 1);
  return nal;
}

}  // namespace

std::vector<Nal> nalUnits(std::span<const std::byte> accessUnit) {
  std::vector<Nal> units;
  for (std::size_t at = nextStartCode(accessUnit, 0); at < accessUnit.size();) {
    const std::size_t begin = at + kStartCode;
    at = nextStartCode(accessUnit, begin);
    const Nal nal = withoutZerosBehind(accessUnit.subspan(begin, at - begin));
    if (!nal.empty()) units.push_back(nal);
  }
  return units;
}

}  // namespace teecam
