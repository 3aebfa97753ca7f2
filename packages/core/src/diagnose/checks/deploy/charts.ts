import type { ChartParts, HostState } from '../../../parse/host/state.ts'

export interface ChartFile {
  readonly state: Extract<HostState, { kind: 'chart-file' }>
  readonly file: string
  readonly host: string | undefined
}

type Placed<T> = T & { readonly file: ChartFile }

/** A chart with all that its files, and those of the charts in it, say. */
export interface Chart {
  readonly dependencies: readonly Placed<ChartParts['dependencies'][number]>[]
  /** Names of the folders in charts/. */
  readonly below: ReadonlySet<string>
  /** It lies in charts/ of another, whose templates it may use. */
  readonly isPart: boolean
  readonly uses: readonly Placed<ChartParts['uses'][number]>[]
  readonly includes: readonly Placed<ChartParts['includes'][number]>[]
  readonly defines: ReadonlySet<string>
  /** undefined: none of its values files is here, or one could not be read. */
  readonly values: readonly unknown[] | undefined
}

/** Charts of which Chart.yaml is there. */
export function chartsOf(files: readonly ChartFile[]): readonly Chart[] {
  const roots = files.filter(({ state }) => state.part === 'chart').map(({ file }) => file.slice(0, -'Chart.yaml'.length))
  return roots.map((root) => {
    const all = files.filter(({ file }) => file.startsWith(root))
    const own = all.filter(({ file }) => !/^charts\//.test(file.slice(root.length)))
    const values = own.filter(({ state }) => state.part === 'values')
    return {
      dependencies: placed(own, ({ dependencies }) => dependencies),
      below: new Set(all.flatMap(({ file }) => /^charts\/([^/]+)\//.exec(file.slice(root.length))?.[1] ?? [])),
      isPart: roots.some((other) => other !== root && root.startsWith(`${other}charts/`)),
      uses: placed(own, ({ uses }) => uses),
      includes: placed(own, ({ includes }) => includes),
      defines: new Set(all.flatMap(({ state }) => state.parts.defines)),
      values:
        values.length === 0 || values.some(({ state }) => state.problems.length > 0)
          ? undefined
          : values.map(({ state }) => state.parts.values),
    }
  })
}

const placed = <T extends object>(files: readonly ChartFile[], of: (parts: ChartParts) => readonly T[]): readonly Placed<T>[] =>
  files.flatMap((file) => of(file.state.parts).map((one) => ({ ...one, file })))
