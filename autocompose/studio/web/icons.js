// Line drawings of 24 x 24 units, always beside words: screen readers skip the drawing.
import { html } from "./view.js";

export const ICONS = {
  arrow: "M4 12h15m-6-6 6 6-6 6",
  upload: "M12 16V4m-5 5 5-5 5 5M4 20h16",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  again: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4.5h-4.5",
  down: "M12 4v11m-5-5 5 5 5-5M4 20h16",
  bones: "M12 3.5a2 2 0 1 0 .01 0M12 8v7M12 9.5 6 13M12 9.5l6 3.5M12 15l-4 6M12 15l4 6",
  play: "M7 5l12 7-12 7z",
  plus: "M12 5v14M5 12h14",
  exchange: "M4 8h13m-4-4 4 4-4 4M20 16H7m4-4-4 4 4 4",
  supported: "M12 3a9 9 0 1 0 .01 0M8 12.4l2.8 2.8L16.2 9.6",
  contradicted: "M12 3a9 9 0 1 0 .01 0M9 9l6 6M15 9l-6 6",
  undo: "M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5",
  keep: "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
  unknown: "M12 3a9 9 0 1 0 .01 0M12 11.6a.5.5 0 1 0 .01 0",
};

/** @param {{ name: keyof typeof ICONS }} props */
export const Icon = ({ name }) =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true" class="ac-icon"><path d=${ICONS[name]} /></svg>`;
