import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createEngine } from '../../datapath/engine.ts'
import { createOwnership } from '../../diagnose/ownership.ts'
import { STORIES } from '../../diagnose/stories/testing/all.ts'
import { diagnosed, knowledgeOf } from '../../diagnose/testing/story.ts'
import type { Option } from './option.ts'
import { optionsFor } from './options.ts'

const folder = new URL('../../../../../knowledge/', import.meta.url)
const knowledge = knowledgeOf((name) => parse(readFileSync(new URL(name, folder), 'utf8')))

function optionsOf(name: string): readonly Option[] {
  const story = STORIES.find((one) => one.name === name)
  if (!story) throw new Error(`no story ${name}`)
  const { documents, diagnosis } = diagnosed(knowledge, story)
  return optionsFor(diagnosis, { documents, engine: createEngine(documents), ownership: createOwnership(documents, knowledge.owners) })
}

const commands = (options: readonly Option[]): readonly string[] =>
  options.flatMap(({ steps }) => steps.map(({ command }) => command.join(' ')))

describe('commands are made of what the evidence has', () => {
  test.each([
    [
      'ufw denies the port, and Docker has it open',
      'iptables -t filter -I DOCKER-USER 1 -i eth0 -p tcp -m conntrack --ctorigdstport 8080 -j DROP',
    ],
    ['ufw refuses what is forwarded', 'ufw route allow proto tcp from 172.17.0.2 to 203.0.113.80 port 443'],
    ["firewalld has the pods' bridge in no zone that forwards", 'firewall-cmd --permanent --zone=trusted --change-interface=cni0'],
  ])('%s', (story, command) => expect(commands(optionsOf(story))).toContain(command))
})

test('an option that is first is proved to mend it, and one that does not mend it is never first', () => {
  for (const { name } of STORIES.filter(({ status }) => status === 'proved').slice(0, 12)) {
    const [first, ...others] = optionsOf(name)
    if (first?.proof?.symptom === 'stays')
      expect(
        others.every(({ proof }) => proof?.symptom === 'stays'),
        name,
      ).toBe(true)
  }
})
