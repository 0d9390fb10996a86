#!/bin/bash
# Install Limn's zip in a real Blender, drive its window, take pictures, press Esc.
# usage: run.sh CHROOT ZIP CLIP OUT [DISPLAY_NUMBER [DRIVER]]
#   CHROOT  folder with a Debian that has Blender in it (proc, dev and sys get bound)
#   ZIP     the extension for this Blender's Python; CLIP the video to estimate
#   OUT     folder for pictures and logs (emptied first)
#   DRIVER  main_job.py (the main job and every section of the panel, the default)
#           or afterwards.py (Solve Again, report, preview, motion, export, import, several clips)
#           or networks.py (other networks in the preferences; CLIP is a model file)
#           or faults.py (ten things an animator does, and that nothing of theirs is lost)
#           or dropping.py (one video, then two, dragged onto the view; MORE=other.mp4; needs gcc and libx11-dev)
#           or odd.py (odd things during runs: other scenes and windows, undo, reloading, local view, a queue)
#           or languages.py (the tab and the preferences in every language)
#           or views.py (two clips of one scene; MORE=side.mp4 in the environment is the second)
#   SIZE=1600x1000 in the environment is the window's size (1400x900)
# needs root, and the Debian packages xvfb xdotool imagemagick
set -eu
H=$(dirname "$(realpath "$0")"); C=$(realpath "$1"); Z=$(realpath "$2"); V=$(realpath "$3")
mkdir -p "$4"; O=$(realpath "$4"); N=${5:-97}; D=${6:-main_job.py}; X=tmp/.X11-unix
SIZE=${SIZE:-1400x900}
rm -rf "${O:?}"/*; mkdir -p "$O/res" "$O/in" "$C/out" "$C/proof" "$C/$X" "/$X"
cp "$Z" "$O/limn.zip"; cp "$V" "$O/in/"; [ -z "${MORE:-}" ] || cp "$MORE" "$O/in/"
bindto() { mountpoint -q "$C/$2" || mount --bind "$1" "$C/$2"; }
mountpoint -q "$C/proc" || mount -t proc proc "$C/proc"
for d in dev sys; do mountpoint -q "$C/$d" || { mount --rbind "/$d" "$C/$d"; mount --make-rslave "$C/$d"; }; done
bindto "/$X" "$X"; bindto "$H" proof
mountpoint -q "$C/out" && umount "$C/out"; mount --bind "$O" "$C/out"
trap 'umount "$C/out" "$C/proof" 2>/dev/null || true' EXIT
inside() {  # a throw-away user folder, so that nothing of an earlier run is left
  chroot "$C" /usr/bin/env -i HOME=/tmp PATH=/usr/bin:/bin LANG=C.UTF-8 DISPLAY="${DISPLAY:-}" \
    LIBGL_ALWAYS_SOFTWARE=1 BLENDER_USER_RESOURCES=/out/res "$@"
}
inside blender --command extension install-file --repo user_default --enable /out/limn.zip >"$O/install.log" 2>&1
Xvfb ":$N" -screen 0 "${SIZE}x24" +extension GLX -nolisten tcp >"$O/xvfb.log" 2>&1 & XP=$!
sleep 1; export DISPLAY=":$N"
inside timeout 800 blender --no-window-focus -p 0 0 ${SIZE/x/ } --python-exit-code 3 \
  --python "/proof/$D" -- /out "/out/in/$(basename "$V")" >"$O/blender.log" 2>&1 & BP=$!
for _ in $(seq 4000); do
  sleep 0.25
  for w in "$O"/want_*; do  # the driver asks by making files named want_<what>
    [ -e "$w" ] || continue
    n=${w##*/want_}; rm -f "$w"
    if [ "$n" = esc ]; then xdotool mousemove $((${SIZE%x*} - 400)) 300 key Escape
    elif [ "$n" = escview ]; then xdotool mousemove 300 400 key Escape
    elif [ "${n#key_}" != "$n" ]; then xdotool key "${n#key_}"
    elif [ "${n#drag}" != "$n" ]; then
      a=(${n//_/ }); f=("/out/in/$(basename "$V")"); [ "${a[0]}" = drag ] || f+=("/out/in/$(basename "$MORE")")
      gcc "$H/drag.c" -lX11 -o "$O/drag" && timeout 20 "$O/drag" "${a[1]}" "${a[2]}" "${f[@]}" >>"$O/drag.log" 2>&1 || true
    elif [ "${n#type_}" != "$n" ]; then xdotool mousemove 300 400 type --delay 60 "${n#type_}"
    elif [ "${n%.png}" = "$n" ]; then xdotool mousemove ${n//_/ } click 1
    else sleep 0.7; import -window root "$O/$n"; fi
  done
  kill -0 $BP 2>/dev/null || break
done
kill $BP $XP 2>/dev/null || true; wait 2>/dev/null || true
grep "^\[gui" "$O/blender.log"; ls "$O"
