// What is drawn of bodies in space: floor, bones, head, sides, touches, and joints to drag.
import { MOVABLE } from "./by_hand.js";
import { seen } from "./space.js";

/** @typedef {import("../../web/types").LabBone} LabBone */
/** @typedef {import("./space").Place} Place */
/** @typedef {import("./turntable").Shown} Shown */

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

/**
 * @param {Place[]} joints
 * @param {number} turn
 * @param {{ left: number, width: number, height: number, scale: number, middle: number }} room
 */
export const placed = (joints, turn, { left, width, height, scale, middle }) =>
  joints.map((place) => {
    const { x, y, depth } = seen(place, turn);
    return {
      x: left + width / 2 + x * scale,
      y: height / 2 - (y - middle) * scale,
      depth,
    };
  });

/** A ring at each joint that can be moved; the chosen one is filled. */
export function drawHandles(
  /** @type {CanvasRenderingContext2D} */ pen,
  /** @type {import("./space").Seen[]} */ points,
  /** @type {number} */ chosen,
  /** @type {CSSStyleDeclaration} */ ink,
) {
  pen.setLineDash([]);
  pen.lineWidth = 2;
  pen.strokeStyle = ink.getPropertyValue("--ac-ink");
  pen.fillStyle = ink.getPropertyValue("--ac-accent");
  for (const joint of MOVABLE.keys()) {
    pen.beginPath();
    pen.arc(points[joint].x, points[joint].y, joint === chosen ? 8 : 6, 0, 2 * Math.PI);
    if (joint === chosen) pen.fill();
    pen.stroke();
  }
}

/** A ring on the floor, and a wedge on it to the subject's front. */
export function drawFloor(
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
export function drawTouches(
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
export function drawBody(
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
