// What exploring asks the server: further hits, why a picture was found, the mirrored text.
import { address } from "../../web/address.js";
import { pause } from "../../web/api.js";
import { openNow } from "../../web/opened.js";
import { linkOf, queryOf } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./state").Event} Event */

/** Hits that come with one press of the button. */
export const PAGE = 48;

/**
 * @param {import("../../web/state").Store<State, Event>} store
 * @param {{ call: import("../../web/api").Call, act: (event: Event) => void }} host
 */
export function createExploring(store, { call, act }) {
  /** Ask for reference and hit side by side, once for each hit. @returns {Promise<void>} */
  const compare = async () => {
    const { enlarged, paired, reference, asks } = store.get();
    if (!enlarged || !reference || paired?.hit === enlarged.picture.id) return;
    const hit = enlarged.picture.id;
    store.send({ kind: "paired", paired: { hit, answer: null, problem: "" } });
    const { image, upload, person } = reference;
    const { mirrored } = asks;
    const found = await call("hit_pair", { image, upload, person, mirrored, hit });
    if (store.get().paired?.hit !== hit) return;
    const answer = found.ok ? found : null;
    store.send({ kind: "paired", paired: { hit, answer, problem: found.ok ? "" : found.error } });
  };

  const listShelf = async () => {
    if (store.get().shelf) return;
    const shelf = await call("shelf_list");
    if (shelf.ok) store.send({ kind: "shelf", shelf });
  };

  /** Ask the other checkpoint what is asked; a model that is new there has to load first. */
  const askSecond = async () => {
    const { second, answer } = store.get();
    const query = queryOf(store.get());
    if (!second || !query || !answer) return;
    const { name } = second;
    const open = { ...openNow(), checkpoint: name, gallery: "" };
    const wanted = () => store.get().second?.name === name && store.get().answer === answer;
    let found = await call("search", { ...query, open });
    while (!found.ok && found.kind === "CheckpointError" && found.error.includes("loading")) {
      await pause(1000);
      if (!wanted()) return;
      found = await call("search", { ...query, open });
    }
    if (!wanted()) return;
    const problem = found.ok ? "" : found.error;
    store.send({ kind: "second", second: { name, answer: found.ok ? found : null, problem } });
  };

  store.watch((state, before) => {
    if (state.second && state.answer !== before.answer) askSecond();
  });

  return {
    listShelf,
    /** @param {string} name of a checkpoint; "" compares no longer */
    async compareWith(name) {
      const second = name ? { name, answer: null, problem: "" } : null;
      store.send({ kind: "second", second });
      await askSecond();
    },
    async showMore() {
      const { answer } = store.get();
      const query = queryOf(store.get());
      if (!answer || !query) return;
      const skip = answer.hits.length;
      const more = await call("search", { ...query, skip, k: skip + PAGE });
      if (!more.ok) store.send({ kind: "said", problem: more.error });
      else store.send({ kind: "appended", to: answer, answer: more });
      address.place("retrieve", linkOf(store.get()));
    },
    /** @param {string} hit a picture, or "" for the query as a whole */
    async explain(hit) {
      const { answer } = store.get();
      const query = queryOf(store.get());
      if (!query) return;
      store.send({ kind: "explained", explained: { hit, answer: null, problem: "" } });
      const found = await call("explain_query", { ...query, hit });
      const now = store.get();
      if (now.answer?.text !== answer?.text || now.explained?.hit !== hit) return;
      const explained = {
        hit,
        answer: found.ok ? found : null,
        problem: found.ok ? "" : found.error,
      };
      store.send({ kind: "explained", explained });
    },
    /** @param {{ tell: boolean }} options also show what changes */
    async pair({ tell }) {
      if (tell) store.send({ kind: "told" });
      await compare();
    },
    async skeletons() {
      store.send({ kind: "skeletons" });
      if (store.get().skeletons) await compare();
    },
    /** @returns {Promise<string>} words that lead from the hit back to the reference, or "" */
    async reverse() {
      store.send({ kind: "told" }); // where it cannot be told, the reason is shown
      await compare();
      return store.get().paired?.answer?.reverse ?? "";
    },
    /** The query as a command and as Python. */
    code: () => call("query_code", queryOf(store.get()) ?? {}),
    /** Left and right exchanged: in the words, exactly, and in the reference, which is flipped. */
    async mirror() {
      const found = await call("mirror_query", { text: store.get().text });
      if (!found.ok) store.send({ kind: "said", problem: found.error });
      else if (found.refused) store.send({ kind: "said", problem: found.refused });
      else act({ kind: "flipped", text: found.text });
    },
  };
}
