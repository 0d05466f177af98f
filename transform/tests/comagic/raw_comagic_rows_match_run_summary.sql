{{ config(tags=['comagic']) }}
{{ rows_match_run_summary('raw_comagic', summary_path(var('tap_summary_path')), summary_path(var('target_summary_path'))) }}
