"""How good the pose lab is, beside baselines."""
