#!/usr/bin/env bash
# build-image.sh FOLDER: puts `kernel` and `initrd` there, once: this system's own kernel package with the modules that
# the machine needs. The package is fetched by apt and unpacked, never installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
stamp=$folder/complete-$(cat "$here/build-image.sh" "$here/guest-init" | sha256sum | cut -c1-16)
[ ! -e "$stamp" ] || exit 0
rm -rf "$folder"
mkdir -p "$folder/packages" "$folder/root" "$folder/initrd.d/bin" "$folder/initrd.d/modules"

# The newest kernel that the distribution's meta package stands for.
depends() { apt-cache depends --important "$1" 2>/dev/null | sed -n "s/.*Depends: \($2\)$/\1/p" | head -n 1; }
version=$(depends linux-image-amd64 'linux-image-[0-9].*' | sed 's/^linux-image-//')
if [ -n "$version" ]; then
  packages=("linux-image-$version")
else
  version=$(depends linux-image-generic 'linux-image-[0-9].*' | sed 's/^linux-image-//')
  [ -n "$version" ] || { echo "apt knows neither linux-image-amd64 nor linux-image-generic" >&2; exit 1; }
  packages=("linux-image-$version" "linux-modules-$version" "linux-modules-extra-$version")
fi
(cd "$folder/packages" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}")
for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder/root"; done
[ -e "$folder/root/lib" ] || ln -s usr/lib "$folder/root/lib"
depmod -b "$folder/root" "$version"

# `name arguments` for insmod, in the order in which they must go; compressed modules are unpacked here, for busybox
# knows fewer compressors than kernels do.
add_module() {
  local name=$1 file plain
  shift
  while read -r verb file _; do
    [ "$verb" = insmod ] || continue
    plain=$(basename "$file" | sed 's/\.\(xz\|zst\|gz\)$//')
    [ ! -e "$folder/initrd.d/modules/$plain" ] || continue
    case $file in
      *.xz) xz -dc "$file" ;;
      *.zst) zstd -qdc "$file" ;;
      *.gz) gzip -dc "$file" ;;
      *) cat "$file" ;;
    esac >"$folder/initrd.d/modules/$plain"
    if [ "${plain%.ko}" = "$name" ]; then echo "$plain $*"; else echo "$plain"; fi >>"$folder/initrd.d/modules/order"
  done < <(modprobe -d "$folder/root" -S "$version" --show-depends "$name")
}
add_module virtio_pci
add_module 9pnet_virtio
add_module 9p
add_module overlay
# Two capture devices, with the controls that make them fail on demand.
add_module vivid n_devs=2 node_types=0x1,0x1 multiplanar=1,1 no_error_inj=0
# Ports for webcams that are programs, and the driver of webcams.
add_module vhci_hcd
add_module uvcvideo

cp "$(command -v busybox)" "$folder/initrd.d/bin/busybox"
install -m 755 "$here/guest-init" "$folder/initrd.d/init"
(cd "$folder/initrd.d" && mkdir proc sys dev && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd"
cp "$folder/root/boot/vmlinuz-$version" "$folder/kernel"
rm -rf "$folder/packages" "$folder/root" "$folder/initrd.d"
touch "$stamp"
