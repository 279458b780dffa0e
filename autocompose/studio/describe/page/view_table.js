// The pair on the table. "Play the change" bends the reference's skeleton into the target's.
import { Icon } from "../../web/icons.js";
import { between, calm, eased } from "../../web/morph.js";
import { BonesSwitch, BothPictures, Notice, SideKey, Whole } from "../../web/parts.js";
import { Boxes, withPerson } from "../../web/people.js";
import { Component, html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./desk").Desk} Desk */
/** @typedef {import("../../web/types").PairView} PairView */
/** @typedef {import("./state").Role} Role */
/**
 * @typedef {object} Props
 * @property {PairView} pair
 * @property {boolean} bones
 * @property {boolean} busy
 * @property {() => void} onBones
 * @property {(role: Role) => any} over boxes around people, on own pictures that show several
 */

/** There, a rest, and back, in milliseconds. */
const LASTS = 2600;
const [THERE, BACK] = [0.4, 0.6];

/** How far the skeleton is on its way. @param {number} t share of the time */
export function wave(t) {
  if (t < THERE) return eased(t / THERE);
  return t < BACK ? 1 : eased(Math.max(0, (1 - t) / (1 - BACK)));
}

/** @extends {Component<Props, { share: number, played: boolean }>} */
export class Table extends Component {
  state = { share: 0, played: false };
  frame = 0;

  componentWillUnmount() {
    cancelAnimationFrame(this.frame);
  }

  play = () => {
    cancelAnimationFrame(this.frame);
    if (calm()) {
      this.setState({ share: this.state.share > 0.5 ? 0 : 1, played: true });
      return;
    }
    const begun = performance.now();
    const step = (/** @type {number} */ now) => {
      const t = (now - begun) / LASTS;
      this.setState({ share: t < 1 ? wave(t) : 0, played: true });
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  };

  render() {
    const { pair, bones, busy, onBones, over } = this.props;
    const { share, played } = this.state;
    const [from, to] = [pair.reference.bones, pair.target.bones];
    const moves = from.length > 0 && from.length === to.length;
    const bent = share && moves ? from.map((bone, i) => between(bone, to[i], share)) : from;
    const shown = { ...pair, reference: { ...pair.reference, bones: bent } };
    return html`
      <div
        class=${`ac-table${bones || played ? " ac-show-bones" : ""}`}
        aria-busy=${busy ? "true" : undefined}
      >
        <${BothPictures} pair=${shown} over=${over} eager />
        ${
          from.length > 0 &&
          html`
            <div class="ac-row ac-tools">
              <${BonesSwitch}
                on=${bones || played}
                onToggle=${() => {
                  if (played) this.setState({ played: false });
                  if (bones || !played) onBones();
                }}
              />
              ${
                moves &&
                html`
                  <button type="button" class="ac-button ac-ghost" onclick=${this.play}>
                    <${Icon} name="play" />Play the change
                  </button>
                `
              }
              <${SideKey} />
            </div>
          `
        }
      </div>
    `;
  }
}

/**
 * Boxes around the people in an own picture, where there are several.
 *
 * @param {State} state
 * @param {Desk} desk
 * @returns {(role: Role) => any}
 */
export const boxesOf = (state, desk) => (role) => {
  const people = state.uploads[role]?.people ?? [];
  if (people.length < 2) return null;
  return html`
    <div data-role=${role}>
      <${Boxes}
        people=${people}
        chosen=${state.people[role]}
        group=${`ac-${role}-person`}
        label=${`Person in the ${role}`}
        onChoose=${(/** @type {number} */ person) => desk.choosePerson(role, person)}
      />
    </div>
  `;
};

/** @param {{ role: Role, state: State, desk: Desk }} props */
const Half = ({ role, state, desk }) => {
  const upload = state.uploads[role];
  return html`
    <figure>
      ${
        upload
          ? html`
            <${Whole} picture=${withPerson(upload.picture, upload.people, state.people[role])}>
              ${boxesOf(state, desk)(role)}
            <//>
          `
          : html`<div class="ac-photo ac-missing">Add your ${role} above</div>`
      }
      <figcaption>
        <b>${role === "reference" ? "Reference" : "Target"}</b>
        <span>${upload?.picture.caption ?? ""}</span>
      </figcaption>
      ${upload?.problem && html`<${Notice} kind="warn">${upload.problem}<//>`}
    </figure>
  `;
};

/**
 * One or two own pictures before they are described.
 *
 * @param {{ state: State, desk: Desk }} props
 */
export const OwnTable = ({ state, desk }) => html`
  <div class=${`ac-table${state.bones ? " ac-show-bones" : ""}`}>
    <div class="ac-pair">
      <${Half} role="reference" state=${state} desk=${desk} />
      <div class="ac-to" aria-hidden="true"><${Icon} name="arrow" /></div>
      <${Half} role="target" state=${state} desk=${desk} />
    </div>
  </div>
`;
