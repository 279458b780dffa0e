// The body map: seen from the front, so that the subject's left is on the viewer's right. Drawn for
// the left and flipped for the right. Each spot has an invisible one under it that a finger hits.
import { Component, createRef, html } from "./view.js";
import { step } from "./walk.js";

/** @typedef {import("./types").PartView} PartView */

/**
 * Units from the middle line, height, and both radii.
 *
 * @type {[string, number, number, number, number][]}
 */
const JOINT_SPOTS = [
  ["shoulder", 21, 50, 6.5, 6.5],
  ["elbow", 31, 86, 5, 5],
  ["wrist", 37, 112, 4, 4],
  ["hand", 40, 130, 5, 7],
  ["knee", 13, 177, 6, 6],
  ["ankle", 14, 216, 4.5, 4.5],
  ["foot", 19, 234, 8, 4.5],
];
/** @typedef {[number, number, number, number]} Line */
/**
 * Ends, width of the line, and the middle of what is hit.
 *
 * @type {[string, Line, number, [number, number]][]}
 */
const LIMB_SPOTS = [
  ["arm", [23, 57, 29, 79], 10, [26, 68]],
  ["leg", [10, 137, 12.5, 166], 14, [11, 152]],
];
/** @type {[Line, number][]} */
const LIMBS = [
  [[32, 91, 36, 107], 8],
  [[37, 116, 39, 124], 6],
  [[13.2, 184, 13.8, 210], 8],
  [[14, 220, 16, 230], 6],
];
/** @type {[string, string][]} */
const MIDDLE = [
  ["torso", "M44 47Q60 42 76 47L72 96Q60 101 48 96Z"],
  ["hips", "M48 100Q60 105 72 100L76 122Q60 136 44 122Z"],
];
const MIDLINE = 60;
/** Half of what is hit, in units: 24 CSS pixels at the width that the map has at least. */
const REACH = 8.6;

/** @param {number} sign @param {Line} line */
const path = (sign, [x1, y1, x2, y2]) =>
  `M${MIDLINE + sign * x1} ${y1}L${MIDLINE + sign * x2} ${y2}`;

/** @param {{ x: number, y: number }} props */
const Hit = ({ x, y }) =>
  html`<rect
    class="ac-hit"
    x=${x - REACH}
    y=${y - REACH}
    width=${2 * REACH}
    height=${2 * REACH}
  />`;

/** What is drawn of each part: its shape and what is hit, in the order of Tab and arrow keys. */
function drawings() {
  /** @type {{ part: string, kind: string, shape: any }[]} */
  const found = MIDDLE.map(([part, d]) => ({ part, kind: "", shape: html`<path d=${d} />` }));
  found.push(
    { part: "head", kind: "", shape: html`<ellipse cx="60" cy="15" rx="11" ry="13.5" />` },
    {
      part: "neck",
      kind: "ac-joint",
      shape: html`<${Hit} x=${60} y=${38} /><ellipse cx="60" cy="36" rx="5" ry="5.5" />`,
    },
  );
  for (const [sign, side] of /** @type {[number, string][]} */ ([
    [-1, "right"],
    [1, "left"],
  ])) {
    for (const [name, line, width, [x, y]] of LIMB_SPOTS) {
      const d = path(sign, line);
      const shape = html`
        <${Hit} x=${MIDLINE + sign * x} y=${y} />
        <path d=${d} class="ac-cap" style=${`stroke-width:${width}`} />
      `;
      found.push({ part: `${side}_${name}`, kind: "", shape });
    }
    for (const [name, x, y, rx, ry] of JOINT_SPOTS) {
      const cx = MIDLINE + sign * x;
      const kind = name === "hand" || name === "foot" ? "" : "ac-joint";
      const shape = html`
        <${Hit} x=${cx} y=${y} />
        <ellipse cx=${cx} cy=${y} rx=${rx} ry=${ry} />
      `;
      found.push({ part: `${side}_${name}`, kind, shape });
    }
  }
  return found;
}

const DRAWINGS = drawings();

/**
 * @typedef {object} Props
 * @property {PartView[]} parts
 * @property {Set<string>} used parts that have a sentence
 * @property {(part: string) => void} onPart
 * @property {(used: boolean) => string} [what] what a part is for, to those who do not see it
 */

/** @param {boolean} used */
const sentence = (used) => (used ? "has a sentence" : "no change, add a sentence");

/**
 * One tab stop; arrow keys walk through the parts.
 *
 * @extends {Component<Props, { at: number }>}
 */
export class BodyMap extends Component {
  state = { at: 0 };
  box = createRef();

  /** @param {KeyboardEvent} event @param {string} part */
  onKey = (event, part) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.props.onPart(part);
      return;
    }
    const next = step(event.key, this.state.at, DRAWINGS.length);
    if (next < 0) return;
    event.preventDefault();
    this.setState({ at: next });
    this.box.current.querySelectorAll("[data-part]")[next].focus();
  };

  render() {
    const { parts, used, onPart, what = sentence } = this.props;
    return html`
      <div class="ac-map" ref=${this.box}>
        <svg viewBox="9 0 102 242" role="group" aria-label="Body map, seen from the front">
          ${[-1, 1].map((sign) =>
            LIMBS.map(
              ([line, width]) =>
                html`<path
                  d=${path(sign, line)}
                  class="ac-limb"
                  style=${`stroke-width:${width}`}
                />`,
            ),
          )}
          ${DRAWINGS.map(({ part, kind, shape }, at) => {
            const known = parts.find((one) => one.part === part);
            const on = used.has(part);
            const whose = known?.side ? "subject's " : "";
            return html`
              <g
                key=${part}
                class=${`ac-spot ${kind} ac-${known?.side || "mid"}${on ? " ac-used" : ""}`}
                role="button"
                tabindex=${at === this.state.at ? 0 : -1}
                data-part=${part}
                aria-label=${`${whose}${known?.label}: ${what(on)}`}
                onclick=${() => onPart(part)}
                onfocus=${() => this.setState({ at })}
                onkeydown=${(/** @type {KeyboardEvent} */ event) => this.onKey(event, part)}
              >
                <title>${known?.label}</title>
                ${shape}
              </g>
            `;
          })}
          <text x="24" y="154" class="ac-R">R</text>
          <text x="96" y="154" class="ac-L">L</text>
        </svg>
        <p class="ac-quiet">Subject's sides, seen from the front</p>
      </div>
    `;
  }
}
