#!/bin/bash
# Limn without a window in a real Blender: install, `blender --command limn`, batch.py, exit codes.
# usage: headless.sh CHROOT ZIP CLIP OUT    (root; CHROOT as for run.sh)
set -eu
C=$(realpath "$1"); Z=$(realpath "$2"); V=$(realpath "$3"); mkdir -p "$4"; O=$(realpath "$4")
rm -rf "${O:?}"/*; mkdir -p "$O/res" "$O/in" "$C/out"; cp "$Z" "$O/limn.zip"; cp "$V" "$O/in/"
echo "no video" >"$O/in/bad.mp4"; N=/out/in/$(basename "$V")
mountpoint -q "$C/proc" || mount -t proc proc "$C/proc"
for d in dev sys; do mountpoint -q "$C/$d" || { mount --rbind "/$d" "$C/$d"; mount --make-rslave "$C/$d"; }; done
mountpoint -q "$C/out" && umount "$C/out"; mount --bind "$O" "$C/out"
trap 'umount "$C/out" 2>/dev/null || true' EXIT
inside() {
  chroot "$C" /usr/bin/env -i HOME=/tmp PATH=/usr/bin:/bin LANG=C.UTF-8 BLENDER_USER_RESOURCES=/out/res "$@"
}
try() {  # try WANTED_EXIT_CODE command...
  local want=$1 rc=0; shift
  inside "$@" >"$O/stdout.log" 2>"$O/stderr.log" || rc=$?
  echo "exit $rc (wanted $want): $*"; tail -n 3 "$O/stderr.log" | cut -c1-200 | sed 's/^/    /'
  [ "$rc" = "$want" ] || FAILED=1
}
FAILED=0
try 0 blender --command extension install-file --repo user_default --enable /out/limn.zip
try 0 blender --command limn doctor
try 0 blender --command limn estimate "$N" -o /out/a.take.npz --quality fast --last-frame 20 --progress none
try 0 blender --command limn build /out/a.take.npz -o /out/a.blend
try 3 blender --command limn estimate /out/in/bad.mp4 -o /out/b.take.npz --progress none
try 5 blender --command limn build /out/in/bad.mp4 -o /out/b.blend
try 1 blender -b --python /out/res/extensions/user_default/limn/batch.py -- /out/in/bad.mp4 "$N" \
  --output-dir /out/batch --quality fast --last-frame 20
ls "$O" "$O/batch"
exit $FAILED
