// The right column: the two bodies, what became of the words, and pictures like the new body.
import { Icon } from "../../web/icons.js";
import { Notice } from "../../web/parts.js";
import { html } from "../../web/view.js";
import { Acts } from "./acts.js";
import { Found } from "./found.js";
import { bonesAs } from "./space.js";
import { TakePose } from "./take_pose.js";
import { Touches } from "./touches.js";
import { Turntable } from "./turntable.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {import("../../web/opening").Trouble} Trouble */
/** @typedef {import("../../web/types").LabAnswer} LabAnswer */

/** What stands between backticks is a command. @param {string} words */
export const withCommands = (words) =>
  words.split("`").map((piece, at) => (at % 2 ? html`<code>${piece}</code>` : piece));

const LEGEND = [
  ["sure", "sure: within 20°"],
  ["roughly", "roughly: within 40°"],
  ["open", "left open by the words"],
  ["kept", "as it was"],
  ["exchanged", "from another pose"],
];

/** Which line says what; only what is drawn. @param {{ drawn: string[] }} props */
const Legend = ({ drawn }) => html`
  <ul class="ac-lablegend" aria-label="How sure the words make a limb">
    ${LEGEND.filter(([name]) => drawn.includes(name)).map(
      ([name, words]) => html`
        <li><i class=${`ac-labline ac-labline-${name}`} aria-hidden="true"></i>${words}</li>
      `,
    )}
    <li><i class="ac-chip ac-L">L</i><i class="ac-chip ac-R">R</i> the subject's left and right</li>
  </ul>
`;

/** @param {State} state */
function shownBodies({ boot, body, answer, touched, acts }) {
  const bones = boot?.bones ?? [];
  const plain = bones.map(() => "plain");
  if (acts?.known) {
    return acts.bodies.map((one, at) => ({
      label: `Way ${at + 1}`,
      joints: one.body.joints,
      marks: plain,
    }));
  }
  if (touched) {
    const lines = (/** @type {"lines_before" | "lines_after"} */ which) =>
      touched.touches.flatMap((row) =>
        row[which].map(({ start, end }) => ({ start, end, met: row.met })),
      );
    const marks = answer ? bonesAs(answer, bones) : plain;
    return [
      { label: "Before", joints: touched.before.joints, marks, lines: lines("lines_before") },
      { label: "Touching", joints: touched.after.joints, marks, lines: lines("lines_after") },
    ];
  }
  const before = answer?.before ?? body;
  if (!before) return [];
  const first = { label: "Before", joints: before.joints, marks: plain };
  if (!answer) return [{ ...first, label: "Start" }];
  return [first, { label: "After", joints: answer.after.joints, marks: bonesAs(answer, bones) }];
}

/** Verdicts beside what was read, in words and marks. @param {{ answer: LabAnswer }} props */
const Claims = ({ answer }) => html`
  <ul class="ac-labclaims" aria-label="What the words ask for">
    ${answer.claims.map(
      ({ says, verdict, evidence }) => html`
        <li data-verdict=${verdict}>
          <i class="ac-vicon" data-verdict=${verdict} aria-hidden="true">
            <${Icon} name=${verdict} />
          </i>
          <span>
            <b>${says}</b>
            <span class="ac-sr">${`: ${VERDICTS[verdict]}`}</span>
            <small>${evidence}</small>
          </span>
        </li>
      `,
    )}
  </ul>
`;

/** @type {Record<string, string>} */
const VERDICTS = {
  supported: "true of the new body",
  contradicted: "not true of the new body",
  unknown: "cannot be told",
};

/** @type {Record<string, string>} */
const HOW = {
  kept: "as it was",
  wished: "drawn by the model",
  turned: "turned to make the words true",
  exchanged: "from another pose",
};

/** The numbers of the tokenizer under each limb. @param {{ answer: LabAnswer }} props */
const Codes = ({ answer }) => html`
  <table class="ac-labcodes">
    <caption class="ac-quiet">
      Each limb as the pose tokenizer writes it: small numbers, coarse to fine.
    </caption>
    <thead>
      <tr><th scope="col">limb</th><th scope="col">before</th><th scope="col">after</th>
        <th scope="col">how it came</th></tr>
    </thead>
    <tbody>
      ${answer.after.codes.map(({ limb, codes }, at) => {
        const how = answer.made.find((one) => one.limb === limb)?.how ?? "";
        return html`
          <tr key=${limb} data-codes=${limb}>
            <th scope="row">${limb}</th>
            <td><code>${answer.before.codes[at].codes.join(" ")}</code></td>
            <td><code>${codes.join(" ")}</code></td>
            <td>${HOW[how]}</td>
          </tr>
        `;
      })}
    </tbody>
  </table>
`;

/** @param {{ state: State, actions: Actions }} props */
const Answer = ({ state, actions }) => {
  const { answer, busy, codes } = state;
  if (!answer) return null;
  return html`
    <div class="ac-labanswer" aria-busy=${String(busy)}>
      ${answer.warning && html`<${Notice} kind="warn">${answer.warning}<//>`}
      ${
        answer.read_as.length > 0 &&
        html`
          <p class="ac-reading ac-labread">
            <span>Read as:</span>${" "}
            ${answer.read_as.map((words) => html`<span class="ac-labchip">${words}</span>`)}
          </p>
        `
      }
      ${
        answer.not_understood.length > 0 &&
        html`
          <p class="ac-reading"><span>Not understood:</span>${" "}
            ${answer.not_understood.map((word, at) => html`${at > 0 && ", "}<mark>${word}</mark>`)}
          </p>
        `
      }
      <${Claims} answer=${answer} />
      ${answer.open && html`<p class="ac-labopen" data-open>${answer.open}</p>`}
      ${
        !answer.plausible &&
        html`
          <${Notice} kind="warn">
            Nobody could stand like that: parts run into each other, or the body would fall.
          <//>
        `
      }
      <div class="ac-row">
        <button
          type="button"
          class="ac-button ac-solid"
          data-find
          disabled=${busy || state.finding}
          onclick=${actions.find}
        >
          Find pictures like it
        </button>
        <button type="button" class="ac-button" data-goon disabled=${busy} onclick=${actions.goOn}>
          Continue from this body
        </button>
        <button
          type="button"
          class="ac-button ac-ghost"
          data-showcodes
          aria-pressed=${String(codes)}
          onclick=${() => actions.act({ kind: "switched", name: "codes" })}
        >
          Tokens
        </button>
        <span class="ac-quiet">
          Drawn in ${answer.drawing} ms, checked and turned in ${answer.turning} ms.
        </span>
      </div>
      ${codes && html`<${Codes} answer=${answer} />`}
      <${TakePose} state=${state} actions=${actions} />
    </div>
  `;
};

const EMPTY = {
  looks: "Say what the body should do: it is drawn beside this one.",
  does: "Say what somebody does: up to three bodies are drawn for it.",
};

/** The start itself: its joints can be dragged, and its pose can be looked for.
 *
 * @param {{ state: State, actions: Actions }} props
 */
const OwnPose = ({ state: { byHand, finding, noModel }, actions }) => html`
  <div class="ac-row ac-labown">
    <button
      type="button"
      class="ac-button"
      data-byhand
      aria-pressed=${String(byHand)}
      onclick=${() => actions.act({ kind: "switched", name: "byHand" })}
    >
      Move joints by hand
    </button>
    <button
      type="button"
      class="ac-button"
      data-find
      disabled=${finding || noModel !== ""}
      onclick=${actions.find}
    >
      Find pictures in this pose
    </button>
  </div>
`;

/** What the picture shows, for those who do not see it. @param {State} state */
function aboutBodies({ answer, acts, text }) {
  if (acts?.known) {
    const ways = acts.bodies.length === 1 ? "One way" : `${acts.bodies.length} ways`;
    return `${ways} to do “${text.trim()}”.`;
  }
  if (!answer) return "The body to start from.";
  const moved = answer.made.filter(({ how }) => how !== "kept").map(({ limb }) => limb);
  const told = moved.length > 0 ? `Changed: ${moved.join(", ")}.` : "Nothing is changed.";
  const what = text.trim() ? `“${text.trim()}”` : "the exchange";
  return `The body before and after ${what}. ${told}`;
}

/** The bodies, and what their lines mean.
 *
 * @param {{ state: State, actions: Actions, bodies: ReturnType<typeof shownBodies> }} props
 */
const Stage = ({ state, actions, bodies }) => html`
  <div class=${`ac-labstage${state.busy ? " ac-stale" : ""}`}>
    <${Turntable}
      bodies=${bodies}
      bones=${state.boot?.bones}
      about=${aboutBodies(state)}
      onMoved=${state.byHand && isAlone(state) ? actions.moved : undefined}
    />
    ${state.answer && html`<${Legend} drawn=${bodies[1]?.marks ?? []} />`}
  </div>
`;

/** Whether nothing but the start is shown. @param {State} state */
const isAlone = ({ boot, answer, acts }) => boot !== null && !answer && !acts;

/** @param {{ state: State, actions: Actions, trouble: Trouble | null }} props */
export const ResultPanel = ({ state, actions, trouble }) => {
  const { boot, noModel, problem, busy, does } = state;
  const bodies = shownBodies(state);
  return html`
    <section class="ac-results" aria-label="Bodies">
      ${trouble && html`<${Notice} kind=${trouble.kind}>${trouble.words}<//>`}
      ${
        noModel &&
        html`
          <${Notice} kind="help"><b>The pose lab needs a model. </b>${withCommands(noModel)}<//>
        `
      }
      ${problem && html`<${Notice} kind="error">${problem}<//>`}
      ${
        boot &&
        bodies.length > 0 &&
        html`<${Stage} state=${state} actions=${actions} bodies=${bodies} />`
      }
      <p class="ac-said" role="status" data-drawing=${String(busy)}>
        ${busy ? "Drawing the body …" : ""}
        ${isAlone(state) && !noModel && !busy && !problem ? EMPTY[does ? "does" : "looks"] : ""}
      </p>
      ${isAlone(state) && bodies.length > 0 && html`<${OwnPose} ...${{ state, actions }} />`}
      <${Acts} state=${state} actions=${actions} />
      <${Answer} state=${state} actions=${actions} />
      ${boot && !does && html`<${Touches} state=${state} actions=${actions} />`}
      <${Found} state=${state} actions=${actions} />
      ${
        boot &&
        html`
          <p class="ac-quiet">
            Bodies and their spread are a small model's prediction; joints of photographs are
            estimated.
          </p>
        `
      }
    </section>
  `;
};
