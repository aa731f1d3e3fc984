package doubles

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gatewright/gatewright/connect"
)

// A Result is what became of one provider.
type Result struct {
	Name      string
	Handshake bool     // tokens were handed out
	SignsIn   bool     // a subject or an address was found
	Verified  bool     // a rule says when the address is verified
	Needs     []string // settings beside client id and secret
	Gaps      []string // what the data does not say
	Err       error    // why the provider is broken, though the data says that it works
}

// Check tries every variant of one provider.
func Check(ctx context.Context, d connect.Description) Result {
	result := Result{Name: d.Name, Needs: connect.Needs(d), Gaps: connect.Gaps(d)}
	for _, variant := range variants(d) {
		if err := Run(ctx, d, variant); err != nil {
			result.Err = fmt.Errorf("%s %+v: %w", d.Name, variant, err)
			return result
		}
	}
	result.Handshake = true
	result.SignsIn = len(result.Gaps) == 0
	result.Verified = result.SignsIn &&
		(d.EmailTrust == connect.TrustAlwaysVerified || d.EmailTrust == connect.TrustVerifiedClaim)
	return result
}

// Report tries every provider of the catalogue and writes a table of what works. It returns the results, one per provider.
func Report(ctx context.Context, w io.Writer) ([]Result, error) {
	list := connect.Catalogue()
	results := make([]Result, 0, len(list))
	for _, d := range list {
		results = append(results, Check(ctx, d))
	}
	return results, Table(w, results)
}

// Table writes how many providers get how far, and which are broken without their data saying so.
func Table(w io.Writer, results []Result) error {
	var handshake, signsIn, verified, needs int
	var gaps, broken []string
	for _, r := range results {
		handshake += count(r.Handshake)
		signsIn += count(r.SignsIn)
		verified += count(r.Verified)
		needs += count(len(r.Needs) > 0)
		if len(r.Gaps) > 0 {
			gaps = append(gaps, r.Name)
		}
		if r.Err != nil {
			broken = append(broken, r.Name)
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range []struct {
		what  string
		count int
		names []string
	}{
		{"providers", len(results), nil},
		{"complete the handshake", handshake, nil},
		{"sign in", signsIn, nil},
		{"with a rule for verified addresses", verified, nil},
		{"need settings beside client id and secret", needs, nil},
		{"need a profile request or a mapping", len(gaps), gaps},
		{"silently broken", len(broken), broken},
	} {
		if _, err := fmt.Fprintf(table, "%s\t%d\t%s\n", row.what, row.count, strings.Join(row.names, " ")); err != nil {
			return err
		}
	}
	return table.Flush()
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
