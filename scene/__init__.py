"""The only room that writes bpy.data: armature, action, body, camera."""
