// How long somebody has looked at the item on the table, without the time they were away.

const IDLE = 60000;

/** @param {() => number} now a clock in milliseconds */
export function measurePace(now) {
  let [shown, idle, last] = [now(), 0, now()];
  return {
    begin() {
      shown = now();
      idle = 0;
    },
    /** Somebody moved. */
    stir() {
      const time = now();
      if (time - last > IDLE) idle += time - last - IDLE;
      last = time;
    },
    /** Time on this item, in whole milliseconds, at least 1. */
    spent: () => Math.max(1, Math.round(now() - shown - idle)),
    /** Since somebody moved. */
    quietFor: () => now() - last,
  };
}

/** The pace of this page. */
export function watchPace() {
  const pace = measurePace(() => performance.now());
  for (const name of ["keydown", "pointermove", "pointerdown"])
    document.addEventListener(name, pace.stir, { passive: true });
  return pace;
}
