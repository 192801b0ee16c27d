/** Something the operator has to mend. It names the setting and never shows its value. */
export interface SettingProblem {
  readonly name: string;
  readonly detail: string;
}
