"""Body meshes on a person's skeleton: free body, a user's SMPL-X model, skinning, fitting."""
