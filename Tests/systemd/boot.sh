#!/bin/bash
# Boots a second systemd beside the machine's own, for booted.sh. Sourced, not run.
#
# Its root is a throw-away overlay of the machine's root, with its own processes, mounts, network
# (loopback alone) and cgroup: it sees all that is installed, and what it changes is gone with it.
# It costs half a second and needs root, overlayfs and cgroup2, but no package and no image.

# cannot_boot: prints what this machine lacks; fails if it lacks nothing.
cannot_boot() {
  local tool
  [ "$(id -u)" = 0 ] || { echo "it needs root"; return 0; }
  [ -x /lib/systemd/systemd ] || { echo "systemd is not installed"; return 0; }
  for tool in unshare nsenter setpriv pivot_root ip; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; return 0; }
  done
  grep -qw overlay /proc/filesystems || { echo "the kernel has no overlayfs"; return 0; }
  [ -w "$(cgroup2)/cgroup.procs" ] || { echo "there is no writable cgroup2"; return 0; }
  unshare --mount --pid --net --cgroup --fork true 2>/dev/null ||
    { echo "namespaces are not allowed"; return 0; }
  return 1
}

cgroup2() { awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts; }

# boot FOLDER: FOLDER/root is the new root, which may be written to from outside.
boot() {
  boot_folder=$1 boot_root=$1/root boot_cgroup=$(cgroup2)/csm-boot.$$
  mount -t tmpfs -o size=3g,mode=755 tmpfs "$boot_folder"
  mkdir "$boot_root" "$boot_folder/upper" "$boot_folder/work"
  mount -t overlay overlay \
    -o "lowerdir=/,upperdir=$boot_folder/upper,workdir=$boot_folder/work" "$boot_root"
  : >"$boot_root/etc/machine-id"
  # There is no network to wait for.
  local waiter
  for waiter in systemd-networkd-wait-online NetworkManager-wait-online; do
    ln -sf /dev/null "$boot_root/etc/systemd/system/$waiter.service"
  done

  mkdir "$boot_cgroup"
  (
    echo "$BASHPID" >"$boot_cgroup/cgroup.procs"
    exec setsid unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup \
      bash -euc "$(declare -f become_init); become_init \"\$@\"" - "$boot_root"
  ) </dev/null >"$boot_folder/log" 2>&1 &
  boot_job=$!

  local tries
  for ((tries = 0; tries < 1200; tries++)); do
    boot_pid=$(find_init || true)
    if [ -n "$boot_pid" ]; then
      case $(inside systemctl is-system-running 2>/dev/null) in
        running | degraded) return 0 ;;
      esac
    fi
    sleep 0.05
  done
  echo "systemd did not come up:" >&2
  cat "$boot_folder/log" >&2
  return 1
}

# In the new namespaces: mounts what an init expects in the root $1, and becomes it.
become_init() {
  local device
  mount --make-rprivate /
  mount --bind "$1" "$1"
  cd "$1" || exit
  mount -t proc proc proc
  mount -t sysfs sysfs sys 2>/dev/null || true
  mount -t tmpfs -o mode=755 tmpfs dev
  for device in null zero full random urandom tty; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  mount -t tmpfs tmpfs dev/shm
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
  mount -t tmpfs tmpfs tmp
  mount -t tmpfs tmpfs sys/fs/cgroup 2>/dev/null || true
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  ip link set lo up
  pivot_root . mnt
  cd /
  umount -l /mnt
  # Without it LoadCredential= silently gives no file.
  mount --make-rshared /
  exec env -i container=csm-boot PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system systemd.unit=basic.target
}

# The first process named systemd in the new cgroup, as seen from outside; empty until there is one.
find_init() {
  local pid
  cat "$boot_cgroup/cgroup.procs" "$boot_cgroup"/*/cgroup.procs 2>/dev/null | while read -r pid; do
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = systemd ]; then
      echo "$pid"
      break
    fi
  done
}

# inside CMD..: runs CMD in the booted system as root, with nothing of the caller's environment.
inside() {
  nsenter -t "$boot_pid" -m -u -i -n -p -C -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"
}

# as USER CMD..: the same as another user.
as() {
  local user=$1
  shift
  inside setpriv --reuid="$user" --regid="$(inside id -g "$user")" --init-groups -- "$@"
}

# Ends the booted system at once, however far it came, and takes away what it stood on.
shut_down() {
  local tries
  if [ -n "${boot_job:-}" ]; then
    # Its init dies with unshare, and with the init all else.
    kill -KILL "$boot_job"
    wait "$boot_job" 2>/dev/null || true
    for ((tries = 0; tries < 1200; tries++)); do
      grep -q '^populated 0' "$boot_cgroup/cgroup.events" && break
      sleep 0.05
    done
    find "$boot_cgroup" -depth -type d -exec rmdir {} \;
  fi
  umount "$boot_root" "$boot_folder"
}
