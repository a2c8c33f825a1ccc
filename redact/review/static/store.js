/** What a page knows now, and who wants to be told when it changes. */

/** @template {object} T */
export class Store {
  /** @param {T} start */
  constructor(start) {
    /** @type {T} */
    this.now = start;
    /** @type {{ keys: Set<keyof T>, act: (now: T) => void }[]} */
    this.listeners = [];
  }

  /**
   * Change some of it; whoever asked for one of those is told, once.
   * @param {Partial<T>} change
   */
  set(change) {
    const keys = /** @type {(keyof T)[]} */ (Object.keys(change)).filter((key) => this.now[key] !== change[key]);
    if (!keys.length) return;
    this.now = { ...this.now, ...change };
    for (const { keys: wanted, act } of this.listeners) {
      if (!keys.some((key) => wanted.has(key))) continue;
      try {
        act(this.now);
      } catch (fault) {
        queueMicrotask(() => {
          throw fault; // it is told, and keeps nobody else from being told
        });
      }
    }
  }

  /**
   * Have ACT told when one of KEYS changes, and now.
   * @param {(keyof T)[]} keys
   * @param {(now: T) => void} act
   */
  on(keys, act) {
    this.listeners.push({ keys: new Set(keys), act });
    act(this.now);
  }
}
