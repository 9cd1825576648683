#!/bin/bash
# Makes two Debian packages and prints their paths: csm, with csmd, csm-enqueue, csm-web and the units; and
# csm-localfal, the stand-in for fal, which a machine that uses fal itself does not need.
#
#   systemd/build-deb.sh [--out DIR] [BINARIES]
#       DIR: where the packages go (default .build)
#       BINARIES: a folder with the four programs and generate-manual; by default, they are built
#           for release, so that they run without Swift
#
# install.sh lays out the files; debian/ holds the scripts that dpkg runs. Plain dpkg-deb is enough:
# the packages compile nothing, so debhelper would save little.
# DEBFULLNAME and DEBEMAIL name the maintainer, as for other Debian tools; by default, git's user.
set -euo pipefail
umask 022

out=.build binaries=
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=${2:?--out needs a folder}; shift 2 ;;
    -h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "build-deb.sh: unknown option $1" >&2; exit 64 ;;
    *) binaries=$1; shift ;;
  esac
done
units=$(cd "$(dirname "$0")" && pwd)
programs=(csmd csm-enqueue csm-web csm-localfal)
for tool in dpkg-deb dpkg-shlibdeps strip; do
  command -v $tool >/dev/null || { echo "build-deb.sh: needs $tool: apt install dpkg-dev binutils" >&2; exit 69; }
done

if [ -z "$binaries" ]; then
  binaries=.build/release
  for product in "${programs[@]}" generate-manual; do
    swift build -c release --static-swift-stdlib --disable-local-rpath --product "$product" >&2
  done
fi
for program in "${programs[@]}" generate-manual; do
  [ -x "$binaries/$program" ] || { echo "build-deb.sh: no $binaries/$program" >&2; exit 66; }
done
binaries=$(realpath "$binaries")
mkdir -p "$out"

# The same commit makes the same package.
commit=$(git -C "$units" log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$commit}
name=${DEBFULLNAME:-$(git -C "$units" config user.name || echo csm)}
maintainer="$name <${DEBEMAIL:-$(git -C "$units" config user.email || echo csm@localhost)}>"
version=$("$binaries/csmd" --version)+$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
DESTDIR=$scratch/csm "$units/install.sh" "$binaries"
# Files named after the stand-in go into its own package.
mkdir "$scratch/csm-localfal"
(cd "$scratch/csm" && find . -name '*csm-localfal*' -exec cp --parents -p {} "$scratch/csm-localfal" \; -delete)

# licences: prints the licences of the Swift packages that are linked into the programs.
licences() {
  local folder licence
  for folder in "$(dirname "$(dirname "$binaries")")"/checkouts/*/; do
    printf '\n\n== %s ==\n\n' "$(basename "$folder")"
    for licence in "$folder"LICENSE*; do
      if grep -q 'Apache License' "$licence"; then
        echo "Apache License 2.0, see /usr/share/common-licenses/Apache-2.0."
        sed -n '/Runtime Library Exception/,$p' "$licence"
      else
        cat "$licence"
      fi
    done
    cat "$folder"NOTICE* 2>/dev/null || true
  done
}

# document NAME: writes the package's copyright file and changelog.
document() {
  local documents=$scratch/$1/usr/share/doc/$1
  mkdir -p "$documents"
  {
    echo "csm. Its programs contain the packages below, under their own licences, and the Swift"
    echo "runtime (Apache License 2.0 with Runtime Library Exception, swift.org)."
    licences
  } >"$documents/copyright"
  gzip -9n >"$documents/changelog.gz" <<END
$1 ($version) unstable; urgency=medium

  * Built from commit $(git -C "$units" rev-parse --short HEAD 2>/dev/null || echo unknown).

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
}

# control NAME: prints the package's paragraph of debian/control, filled in.
control() {
  local root=$scratch/$1 depends
  # The system's libraries that the programs need, as packages of this release.
  depends=$(cd "$scratch" && dpkg-shlibdeps --ignore-missing-info -O "$root"/usr/bin/* 2>said) ||
    { cat "$scratch/said" >&2; exit 1; }
  awk -v RS= -v package="Package: $1" 'index($0, package "\n") == 1' "$units/debian/control" |
    sed -e "s|@VERSION@|$version|" \
      -e "s|@ARCHITECTURE@|$(dpkg --print-architecture)|" \
      -e "s|@MAINTAINER@|$maintainer|" \
      -e "s|@SIZE@|$(du -sk --exclude=DEBIAN "$root" | cut -f1)|" \
      -e "s|@DEPENDS@|${depends#*=}|"
}

mkdir "$scratch/debian" "$scratch"/{csm,csm-localfal}/DEBIAN
echo "Source: csm" >"$scratch/debian/control" # dpkg-shlibdeps reads it
install -m 755 "$units"/debian/{postinst,prerm,postrm} "$scratch/csm/DEBIAN"
echo /etc/csm/csm.conf >"$scratch/csm/DEBIAN/conffiles"
for package in csm csm-localfal; do
  root=$scratch/$package
  strip --remove-section=.comment --remove-section=.note "$root"/usr/bin/*
  find "$root/usr/share/man" -type f -exec gzip -9n {} +
  document "$package"
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  control "$package" >"$root/DEBIAN/control"
  find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  file=$out/${package}_${version}_$(dpkg --print-architecture).deb
  # xz would save a third of the size, but take minutes here and seconds at each installation.
  dpkg-deb -Zgzip --root-owner-group --build "$root" "$file" >/dev/null
  echo "$file"
done
