import { because, type Check, type Found, seen, together } from '../check.ts'
import { contentsOf } from '../scene.ts'

export const helmCharts: Check = {
  id: 'helm-charts',
  holds: 'the files of helm charts can be read: their YAML, what Chart.yaml must have, the blocks of templates',
  why: 'the chart does not install',
  evidence: ['charts/NAME/Chart.yaml', 'charts/NAME/values.yaml', 'charts/NAME/templates/'],
  causes: ['deploy.chart'],
  run: (scene) =>
    together(
      contentsOf(scene.documents, 'host-state').flatMap(({ content: { state }, document }) =>
        state.kind !== 'chart-file'
          ? []
          : [
              seen(
                ...state.problems.map(
                  ({ line, text, severity }): Found => ({
                    severity,
                    cause: 'deploy.chart',
                    host: document.place.host,
                    object: document.file,
                    text: `${document.file}:${line}: ${text}`,
                    because: [because(text, { file: document.file, line })],
                  }),
                ),
              ),
            ],
      ),
    ),
}
