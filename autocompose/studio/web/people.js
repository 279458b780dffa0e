// The people in an uploaded picture: numbered boxes to choose one from, and the chosen skeleton.
import { Whole } from "./parts.js";
import { html } from "./view.js";

/** @typedef {import("./types").PersonView} PersonView */
/** @typedef {import("./types").PictureView} PictureView */

/**
 * The person that a key chooses: digits name their boxes. 0 where the key is not ours.
 *
 * @param {string} key as in KeyboardEvent.key
 * @param {PersonView[]} people
 */
export const personOfKey = (key, people) =>
  people.find(({ number }) => key === String(number))?.number ?? 0;

/**
 * A picture with the skeleton of the person that is chosen in it.
 *
 * @param {PictureView} picture
 * @param {PersonView[]} people
 * @param {number} chosen
 * @returns {PictureView}
 */
export const withPerson = (picture, people, chosen) => {
  const person = people.find(({ number }) => number === chosen);
  return person ? { ...picture, bones: person.bones } : picture;
};

/** @param {PersonView} person @param {number} count */
const nameOf = ({ number, place }, count) => `Person ${number} of ${count}, ${place}`;

/** @param {PersonView} person */
const styleOf = ({ left, top, width, height }) =>
  `left:${left}%;top:${top}%;width:${width}%;height:${height}%`;

/** Put the focus on the boxes, so that digits choose at once; not while somebody writes. */
export function focusPeople(/** @type {string} */ within) {
  if (document.activeElement instanceof HTMLTextAreaElement) return;
  const box = document.querySelector(`${within} .ac-people input:checked`);
  /** @type {HTMLElement | null} */ (box)?.focus({ preventScroll: true });
}

/**
 * @typedef {object} BoxesProps
 * @property {PersonView[]} people
 * @property {number} chosen
 * @property {string} group tells the groups of a page apart
 * @property {string} label
 * @property {(number: number) => void} onChoose
 */

/** Radio buttons: arrow keys and the ways of screen readers work. @param {BoxesProps} props */
export const Boxes = ({ people, chosen, group, label, onChoose }) => html`
  <div
    class="ac-people"
    role="radiogroup"
    aria-label=${label}
    onkeydown=${(/** @type {KeyboardEvent & { currentTarget: HTMLElement }} */ event) => {
      const number = personOfKey(event.key, people);
      if (!number || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const box = event.currentTarget.querySelector(`input[value="${number}"]`);
      /** @type {HTMLElement | null} */ (box)?.focus();
      onChoose(number);
    }}
  >
    ${people.map(
      (person) => html`
        <label
          key=${person.number}
          class="ac-person"
          data-person=${person.number}
          style=${styleOf(person)}
        >
          <input
            type="radio"
            name=${group}
            value=${person.number}
            checked=${person.number === chosen}
            aria-label=${nameOf(person, people.length)}
            onchange=${() => onChoose(person.number)}
          />
          <span aria-hidden="true">${person.number}</span>
        </label>
      `,
    )}
  </div>
`;

/**
 * A picture shown whole, with boxes where it shows several people.
 *
 * @param {BoxesProps & { picture: PictureView }} props
 */
export const WholePicture = ({ picture, ...boxes }) => html`
  <${Whole} picture=${withPerson(picture, boxes.people, boxes.chosen)}>
    ${boxes.people.length > 1 && html`<${Boxes} ...${boxes} />`}
  <//>
`;
