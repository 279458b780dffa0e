"""The Pose lab tab."""
