"""Somebody filmed by hand: a phone that is carried along, hands where they are large enough."""

import bpy

limn = bpy.context.scene.limn

limn.quality = "balanced"
limn.max_people = 1
limn.step = 1
limn.min_confidence = 0.25
limn.camera = "auto"
limn.contacts = "auto"
limn.gaps = "unkeyed"
limn.hands = "auto"
limn.face = "auto"
limn.body = "whole"
