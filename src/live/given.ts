/** The fields of T that may be undefined become optional ones that may not. */
type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The fields that have a value. */
export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** The fields that have a value, or undefined when none has: a message without content is not sent. */
export function givenOrNone<T extends object>(fields: T): Given<T> | undefined {
  const message = given(fields);
  return Object.keys(message).length === 0 ? undefined : message;
}
