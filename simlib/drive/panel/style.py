"""How the panel looks: rules for what stands inside it, whatever theme Lab has."""

STYLE = """<style>
.simlib-panel .widget-html-content {line-height: 1.5; min-width: 0}
.simlib-panel .answer {font-size: 1.05em; line-height: 1.65; padding-left: 1.2em; margin: 4px 0}
.simlib-panel :focus-visible {outline: 2px solid #1a5fb4; outline-offset: 1px}
.simlib-panel .hint, .simlib-panel .note, .simlib-panel .about {color: #555; font-size: .9em}
.simlib-panel .fold {text-align: left; font-weight: 600; padding: 7px 10px; margin: 0 0 4px; line-height: 1.4;
  white-space: normal; overflow: visible}
.simlib-panel .folded {padding: 4px 10px 10px; margin: -4px 0 4px; border: 1px solid #d5dae0}
.simlib-panel .folded .widget-inline-hbox {width: auto; max-width: 100%}
.simlib-panel .folded .widget-inline-hbox > :is(select, input) {min-width: 0}
.simlib-panel .note {white-space: pre-line}
.simlib-panel table[data-claim="own"] :is(th, td) {white-space: nowrap; min-width: 0}
.simlib-panel .hint {display: block; margin: -2px 0 8px 0; line-height: 1.3}
.simlib-panel .asked .widget-inline-hbox {flex-wrap: wrap; height: auto; margin-bottom: 2px}
.simlib-panel .asked .widget-inline-hbox > .widget-label {width: 100% !important; max-width: none;
  height: auto; text-align: left; white-space: normal; line-height: 1.4}
.simlib-panel .asked .widget-inline-hbox > :is(select, input) {flex: 1 1 100%; min-width: 0; min-height: 28px}
.simlib-panel .lm-TabBar-tab {flex: 0 1 auto !important; min-width: max-content !important; padding: 0 10px}
.simlib-panel .lm-TabBar-content {flex-wrap: wrap}
.simlib-panel .wrong {color: #8a2f00; white-space: pre-wrap}
.simlib-panel .table {overflow-x: auto; max-height: 460px}
.simlib-panel table {border-collapse: collapse; font-size: .92em}
.simlib-panel th, .simlib-panel td {padding: 3px 9px; border-bottom: 1px solid #dfe3e8; text-align: left}
.simlib-panel th:first-child, .simlib-panel td:first-child {min-width: 6em}
.simlib-panel thead th {min-width: 4em; text-wrap: balance}
.simlib-panel .n {text-align: right}
.simlib-panel td.n {white-space: nowrap}
.simlib-panel figure {margin: 6px 0 14px} .simlib-panel figcaption {font-weight: 600; margin-bottom: 4px}
.simlib-panel .drawing {overflow-x: auto} .simlib-panel svg {max-width: 100%; height: auto}
.simlib-panel .drawing > svg {width: 100%; max-width: 660px}
.simlib-panel pre.why {white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere;
  font-family: inherit; line-height: 1.55}
.simlib-panel {container-type: inline-size}
@container (max-width: 480px) {
  .widget-inline-hbox {flex-wrap: wrap; height: auto; width: 100%; margin-bottom: 4px}
  .widget-inline-hbox > .widget-label {width: 100% !important; max-width: none; height: auto;
    text-align: left; white-space: normal; line-height: 1.4}
  .widget-inline-hbox > select, .widget-inline-hbox > input {flex: 1 1 100%; min-width: 0}
  .simlib-panel .folded {padding: 6px 4px}
}
</style>"""
