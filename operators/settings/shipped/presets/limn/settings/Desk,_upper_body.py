"""A webcam or an interview: legs are out of the picture, hands are near."""

import bpy

limn = bpy.context.scene.limn

limn.quality = "balanced"
limn.max_people = 1
limn.step = 1
limn.min_confidence = 0.25
limn.camera = "still"
limn.contacts = "off"
limn.gaps = "unkeyed"
limn.hands = "on"
limn.face = "on"
limn.body = "upper"
