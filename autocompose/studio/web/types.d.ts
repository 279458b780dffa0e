// Written by `make types` from the records that the server answers with. Do not edit.

export interface AugmentAnswer {
  pair: string;
  seed: number;
  cells: CellView[];
}

export interface BoneView {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  side: string;
}

export interface CellView {
  view: string;
  key: string;
  title: string;
  mirrored: boolean;
  pair: PairView;
  words: WordView[];
  problem: string;
  verdict: VerdictView | null;
}

export interface ClaimView {
  start: number;
  end: number;
  says: string;
  verdict: string;
  evidence: string;
}

export type DatasetState = "ready" | "no_dataset" | "no_pairs" | "no_joints";

export interface DatasetView {
  state: DatasetState;
  problem: string;
  dataset: string;
}

export type EngineState = "loading" | "ready" | "no_checkpoint" | "no_gallery" | "failed";

export interface EngineStatus {
  state: EngineState;
  message: string;
  model_name: string;
  fingerprint: string;
  gallery_name: string;
  gallery_size: number;
}

export interface ExampleView {
  picture: PictureView;
  text: string;
  pair: string;
}

export interface ExamplesView {
  note: string;
  rendered: boolean;
  examples: ExampleView[];
}

export interface HitView {
  rank: number;
  score: number;
  picture: PictureView;
  expected: boolean;
}

export interface MirrorDifference {
  derived: string;
  runs: RunView[];
  identical: boolean;
  removed: number;
  added: number;
}

export interface PairView {
  id: string;
  reference: PictureView;
  target: PictureView;
}

export interface PictureView {
  id: string;
  url: string;
  alt: string;
  caption: string;
  origin: string;
  bones: BoneView[];
}

export interface ReferenceAnswer {
  picture: PictureView;
}

export interface ReferencesView {
  total: number;
  offset: number;
  pictures: PictureView[];
}

export interface RetrieveBoot {
  dataset: DatasetView;
  changes: string[];
  max_k: number;
  most_pixels: number;
  references: ReferencesView;
  examples: ExamplesView;
  status: EngineStatus;
}

export interface RunView {
  kind: string;
  text: string;
}

export interface SearchAnswer {
  text: string;
  hits: HitView[];
  ranked: number;
  excluded: number;
  milliseconds: number;
  truncated: string;
  target_rank: number;
  status: EngineStatus;
}

export interface StripView {
  state: DatasetState;
  problem: string;
  dataset: string;
  total: number;
  offset: number;
  pairs: PairView[];
}

export interface UploadView {
  path: string;
  width: number;
  height: number;
  picture: PictureView;
  note: string;
}

export interface VerdictView {
  text: string;
  verdict: string;
  word: string;
  claims: ClaimView[];
}

export interface WordView {
  text: string;
  differs: boolean;
}

export interface Answers {
  augment: AugmentAnswer;
  caption_row: Record<string, any>;
  check_upload: UploadView;
  describe: Record<string, any>;
  describe_boot: Record<string, any>;
  engine_status: EngineStatus;
  example_cards: ExamplesView;
  exchange_sides: Record<string, any>;
  live_answers: Record<string, any>;
  live_cancel: Record<string, any>;
  live_poll: Record<string, any>;
  live_start: Record<string, any>;
  mirror_difference: MirrorDifference;
  pair_strip: StripView;
  reference_picture: ReferenceAnswer;
  reference_strip: ReferencesView;
  retrieve_boot: RetrieveBoot;
  review_boot: Record<string, any>;
  review_bulk: Record<string, any>;
  review_dashboard: Record<string, any>;
  review_find: Record<string, any>;
  review_import: Record<string, any>;
  review_item: Record<string, any>;
  review_mirror: Record<string, any>;
  review_next: Record<string, any>;
  review_plant: Record<string, any>;
  review_release: Record<string, any>;
  review_renew: Record<string, any>;
  review_restore: Record<string, any>;
  review_save: Record<string, any>;
  review_second: Record<string, any>;
  search: SearchAnswer;
  verdicts: Record<string, any>;
}
