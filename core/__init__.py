"""What Limn is about: people, cameras, tracks and motion, in numpy and the standard library only.

Conventions of every module in this room:

* World: right-handed, Z up, metres, a person at rest faces -Y (Blender's own).
* Camera: OpenCV axes (x right, y down, z forward). ``T_world_camera`` takes camera to world.
* Body frame: SMPL-X axes (x to the person's left, y up, z forward), the frame of the zero pose.
* Pixels: (0, 0) is the centre of the top-left pixel. Time in seconds.
* Quaternions: w x y z, unit, sign-continuous in time. Scores in [0, 1], 0 = unseen.
* ``left_*`` is the person's own left. NaN never leaves this room.
"""
