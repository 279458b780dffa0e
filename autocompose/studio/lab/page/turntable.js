// The old body and the new, turned together: by dragging, by arrow keys, or by themselves.
import { Component, createRef, html } from "../../web/view.js";
import { fitted, seen, viewWords, whole } from "./space.js";

/** @typedef {import("../../web/types").LabBone} LabBone */
/** @typedef {import("./space").Place} Place */
/**
 * @typedef {object} Shown
 * @property {string} label
 * @property {Place[]} joints
 * @property {string[]} marks how each bone is drawn: a key of `MARKS`
 * @property {{ start: Place, end: Place, met: boolean }[]} [lines] between what is to touch
 */

/** Width in hundredths of a metre, and dashes: colour alone says nothing. */
const MARKS = {
  plain: { wide: 5, dash: [], colour: "--ac-lab-plain" },
  kept: { wide: 5, dash: [], colour: "--ac-lab-plain" },
  exchanged: { wide: 5.5, dash: [10, 4], colour: "--ac-lab-exchanged" },
  sure: { wide: 6.5, dash: [], colour: "--ac-lab-sure" },
  roughly: { wide: 4.5, dash: [], colour: "--ac-lab-roughly" },
  open: { wide: 3, dash: [3, 5], colour: "--ac-lab-open" },
};

/** Joints that get the letter of their side: hands and feet. */
const LETTERED = [9, 13, 17, 21];
const [HEAD, NOSE] = [4, 5];

/** Degrees for one key, for a pixel of a drag, and in a second by itself. */
const STEP = 15;
const DRAG = 0.6;
const SPEED = 24;

/** Milliseconds between two pictures while it turns by itself: light for a phone. */
const BEAT = 40;

const KEYS = { ArrowLeft: -STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowUp: STEP };

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * @param {Place[]} joints
 * @param {number} turn
 * @param {{ left: number, width: number, height: number, scale: number, middle: number }} room
 */
const placed = (joints, turn, { left, width, height, scale, middle }) =>
  joints.map((place) => {
    const { x, y, depth } = seen(place, turn);
    return {
      x: left + width / 2 + x * scale,
      y: height / 2 - (y - middle) * scale,
      depth,
    };
  });

/**
 * @typedef {object} Props
 * @property {Shown[]} bodies
 * @property {LabBone[]} bones
 * @property {string} about what a screen reader says of them
 */

/** @extends {Component<Props, { turn: number, turning: boolean }>} */
export class Turntable extends Component {
  canvas = createRef();
  state = { turn: 25, turning: !calm() };
  /** @type {{ x: number, turn: number } | null} */
  held = null;
  frame = 0;
  before = 0;
  visible = true;

  componentDidMount() {
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas.current);
    this.looks = new IntersectionObserver(([entry]) => {
      this.visible = entry.isIntersecting;
      this.roll();
    });
    this.looks.observe(this.canvas.current);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.body, { attributeFilter: ["class"] });
    this.draw();
    this.roll();
  }

  /** @param {Props} _props @param {{ turning: boolean }} before */
  componentDidUpdate(_props, before) {
    this.draw();
    if (before.turning !== this.state.turning) this.roll();
  }

  componentWillUnmount() {
    cancelAnimationFrame(this.frame);
    for (const one of [this.sizes, this.looks, this.theme]) one?.disconnect();
  }

  /** Turn by itself while it is seen, and not otherwise. */
  roll = () => {
    cancelAnimationFrame(this.frame);
    this.before = 0;
    if (this.state.turning && this.visible) this.frame = requestAnimationFrame(this.beat);
  };

  /** @param {number} now milliseconds */
  beat = (now) => {
    this.frame = requestAnimationFrame(this.beat);
    const passed = this.before ? now - this.before : BEAT;
    if (passed < BEAT) return;
    this.before = now;
    this.setState({ turn: (this.state.turn + (SPEED * Math.min(passed, 200)) / 1000) % 360 });
  };

  /** @param {number} turn the visitor's own: it no longer turns by itself */
  turnTo = (turn) => this.setState({ turn: whole(turn), turning: false });

  /** @param {KeyboardEvent} event */
  key = (event) => {
    const by = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
    if (by === undefined && event.key !== "Home") return;
    event.preventDefault();
    this.turnTo(by === undefined ? 0 : this.state.turn + by);
  };

  /** @param {PointerEvent & { currentTarget: HTMLElement }} event */
  hold = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    this.held = { x: event.clientX, turn: this.state.turn };
    this.setState({ turning: false });
  };

  /** @param {PointerEvent} event */
  drag = (event) => {
    // The body follows the finger: the viewer walks the other way.
    if (this.held) this.turnTo(this.held.turn - DRAG * (event.clientX - this.held.x));
  };

  let = () => {
    this.held = null;
  };

  draw() {
    /** @type {HTMLCanvasElement | null} */
    const canvas = this.canvas.current;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen || canvas.clientWidth === 0) return;
    const dots = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
      canvas.width = Math.round(width * dots);
      canvas.height = Math.round(height * dots);
    }
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { bodies } = this.props;
    const room = { width: width / bodies.length, height };
    const { scale, middle, floors } = fitted(
      bodies.map((body) => body.joints),
      room,
    );
    const ink = getComputedStyle(canvas);
    bodies.forEach((body, at) => {
      const place = { ...room, left: at * room.width, scale, middle };
      drawFloor(pen, floors[at], this.state.turn, { ...place, ink });
      drawBody(pen, body, this.state.turn, { ...place, bones: this.props.bones, ink });
      drawTouches(pen, body.lines ?? [], this.state.turn, { ...place, ink });
    });
  }

  render() {
    const { turn, turning } = this.state;
    const { bodies, about } = this.props;
    return html`
      <div class="ac-turntable">
        <div class="ac-turnlabels" aria-hidden="true">
          ${bodies.map(({ label }) => html`<b>${label}</b>`)}
        </div>
        <canvas
          ref=${this.canvas}
          role="slider"
          tabindex="0"
          aria-label=${`${about} Turn with the arrow keys`}
          aria-valuemin="0"
          aria-valuemax="359"
          aria-valuenow=${turning ? 0 : whole(turn)}
          aria-valuetext=${turning ? "turning by itself" : `seen ${viewWords(turn)}`}
          data-turn=${whole(turn)}
          onkeydown=${this.key}
          onpointerdown=${this.hold}
          onpointermove=${this.drag}
          onpointerup=${this.let}
          onpointercancel=${this.let}
        ></canvas>
        <div class="ac-row ac-turntools">
          ${[
            ["Front", 0],
            ["Their left", 90],
            ["Back", 180],
            ["Their right", 270],
          ].map(
            ([words, to]) => html`
              <button type="button" class="ac-mini" onclick=${() => this.turnTo(Number(to))}>
                ${words}
              </button>
            `,
          )}
          <button
            type="button"
            class="ac-mini"
            aria-pressed=${String(turning)}
            data-spin
            onclick=${() => this.setState({ turning: !turning })}
          >
            ${turning ? "Stop turning" : "Let it turn"}
          </button>
        </div>
      </div>
    `;
  }
}

/** A ring on the floor, and a wedge on it to the subject's front. */
function drawFloor(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {number} */ floor,
  /** @type {number} */ turn,
  /** @type {any} */ { ink, ...room },
) {
  const ring = Array.from({ length: 33 }, (_, at) => {
    const angle = (at * Math.PI) / 16;
    return /** @type {Place} */ ([0.35 * Math.sin(angle), floor, 0.35 * Math.cos(angle)]);
  });
  pen.strokeStyle = ink.getPropertyValue("--ac-line-strong");
  pen.fillStyle = ink.getPropertyValue("--ac-line-strong");
  pen.lineWidth = 1;
  pen.setLineDash([]);
  pen.beginPath();
  for (const { x, y } of placed(ring, turn, room)) pen.lineTo(x, y);
  pen.stroke();
  pen.beginPath();
  /** @type {Place[]} */
  const wedge = [
    [0, floor, 0.46],
    [0.06, floor, 0.36],
    [-0.06, floor, 0.36],
  ];
  for (const { x, y } of placed(wedge, turn, room)) pen.lineTo(x, y);
  pen.fill();
}

/** A ring at each of two points that are to touch, and a dotted line where they are apart. */
function drawTouches(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {NonNullable<Shown["lines"]>} */ lines,
  /** @type {number} */ turn,
  /** @type {any} */ { ink, ...room },
) {
  for (const { start, end, met } of lines) {
    const [from, to] = placed([start, end], turn, room);
    pen.strokeStyle = ink.getPropertyValue(met ? "--ac-ok" : "--ac-bad");
    pen.lineWidth = 2;
    pen.setLineDash([2, 4]);
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
    pen.setLineDash([]);
    for (const { x, y } of [from, to]) {
      pen.beginPath();
      pen.arc(x, y, 6, 0, 2 * Math.PI);
      pen.stroke();
    }
  }
}

/** Bones from far to near, the head, and the letters of the sides. */
function drawBody(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {Shown} */ { joints, marks },
  /** @type {number} */ turn,
  /** @type {any} */ { bones, ink, ...room },
) {
  const points = placed(joints, turn, room);
  const order = bones
    .map((/** @type {LabBone} */ bone, /** @type {number} */ at) => ({
      ...bone,
      mark: MARKS[/** @type {keyof typeof MARKS} */ (marks[at])] ?? MARKS.plain,
      depth: points[bone.start].depth + points[bone.end].depth,
    }))
    .sort((/** @type {any} */ a, /** @type {any} */ b) => a.depth - b.depth);
  pen.lineCap = "round";
  for (const { start, end, mark } of order) {
    drawBone(pen, [points[start], points[end]], mark, { ink, scale: room.scale });
  }
  pen.setLineDash([]);
  drawHead(pen, points, ink, room.scale);
  drawLetters(pen, points, ink);
}

/** A line with an edge of paper around it, so that near bones stand out from far ones. */
function drawBone(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {import("./space").Seen[]} */ [from, to],
  /** @type {typeof MARKS[keyof typeof MARKS]} */ { wide, dash, colour },
  /** @type {{ ink: CSSStyleDeclaration, scale: number }} */ { ink, scale },
) {
  const width = Math.max(2, (wide * scale) / 100);
  const line = (/** @type {number} */ size, /** @type {string} */ name) => {
    pen.lineWidth = size;
    pen.strokeStyle = ink.getPropertyValue(name);
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
  };
  pen.setLineDash([]);
  if (dash.length === 0) line(width + 2, "--ac-card");
  pen.setLineDash(dash);
  line(width, colour);
}

function drawHead(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {import("./space").Seen[]} */ points,
  /** @type {CSSStyleDeclaration} */ ink,
  /** @type {number} */ scale,
) {
  const facing = points[NOSE].depth > points[HEAD].depth;
  const dot = (/** @type {import("./space").Seen} */ { x, y }, /** @type {number} */ size) => {
    pen.beginPath();
    pen.arc(x, y, size, 0, 2 * Math.PI);
    pen.fill();
  };
  const nose = () => {
    pen.fillStyle = ink.getPropertyValue("--ac-ink");
    dot(points[NOSE], Math.max(2, 0.025 * scale));
  };
  if (!facing) nose();
  pen.fillStyle = ink.getPropertyValue("--ac-lab-head");
  dot(points[HEAD], 0.09 * scale);
  if (facing) nose();
}

function drawLetters(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {import("./space").Seen[]} */ points,
  /** @type {CSSStyleDeclaration} */ ink,
) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.font = "600 11px sans-serif";
  LETTERED.forEach((joint, at) => {
    const left = at % 2 === 0;
    pen.fillStyle = ink.getPropertyValue(left ? "--ac-lab-l" : "--ac-lab-r");
    pen.beginPath();
    pen.arc(points[joint].x, points[joint].y, 8, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = "#fff";
    pen.fillText(left ? "L" : "R", points[joint].x, points[joint].y + 0.5);
  });
}
