// Written by `make types` from the records that the server answers with. Do not edit.

export interface Answers {
  augment: Record<string, any>;
  caption_row: Record<string, any>;
  check_upload: Record<string, any>;
  describe: Record<string, any>;
  describe_boot: Record<string, any>;
  engine_status: Record<string, any>;
  example_cards: Record<string, any>;
  exchange_sides: Record<string, any>;
  live_answers: Record<string, any>;
  live_cancel: Record<string, any>;
  live_poll: Record<string, any>;
  live_start: Record<string, any>;
  mirror_difference: Record<string, any>;
  pair_strip: Record<string, any>;
  reference_strip: Record<string, any>;
  retrieve_boot: Record<string, any>;
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
  search: Record<string, any>;
  verdicts: Record<string, any>;
}
